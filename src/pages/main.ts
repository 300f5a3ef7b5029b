/** `node write.cjs DIR`, from the root of the checkout: writes what the packages need beside the programs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyright } from './copyright.ts'
import { pages } from './pages.ts'

const folder = process.argv[2] ?? 'dist/pages'
mkdirSync(folder, { recursive: true })
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)

const version = process.env['TANDEM_VERSION']
for (const [name, text] of pages(file => readFileSync(file, 'utf8'), version)) write(name, text)
write('copyright', copyright(JSON.parse(readFileSync('dist/meta.json', 'utf8')), process.cwd()))
