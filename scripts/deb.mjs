/**
 * `npm run deb`: the Debian packages of this checkout, in dist/deb. Bundles first; dpkg-buildpackage then only packs, in a
 * copy of what it needs, so that nothing else of the checkout gets in. The same checkout gives the same bytes.
 *   --out DIR         another folder for the packages
 *   --version X       another version than that of debian/changelog: for tests of an upgrade
 *   --next            with what a next version may change: formats of a higher number (scripts/nextVersion.mjs)
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildSync } from 'esbuild'
import { bundling } from './bundling.mjs'
import { root } from './steps.mjs'

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'dist/deb') },
    version: { type: 'string' },
    next: { type: 'boolean' },
  },
})

/** What the packages are made of. */
const parts = ['LICENSE', 'README.md', 'CHANGELOG.md', 'bin', 'debian', 'docs', 'etc-examples', 'dist']

function run(file, args, options = {}) {
  const { status, error } = spawnSync(file, args, { stdio: 'inherit', cwd: root, ...options })
  if (error !== undefined || status !== 0)
    throw new Error(`${file} ${args.join(' ')}: ${error?.message ?? `exit ${status}`}`)
}

/** A fresh machine has no packaging tools. */
function needTools() {
  const packages = ['dpkg-dev', 'debhelper'].filter(
    name => !/^Status: .* installed$/m.test(spawnSync('dpkg', ['-s', name], { encoding: 'utf8' }).stdout ?? ''),
  )
  if (packages.length === 0) return
  const install = ['install', '-y', '-q', '--no-install-recommends', ...packages]
  if (process.getuid?.() !== 0) throw new Error(`first, as root: apt-get ${install.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  if (spawnSync('apt-get', install, { stdio: 'inherit', env }).status === 0) return
  run('apt-get', ['update', '-q'], { env })
  run('apt-get', install, { env })
}

/** Manual pages, completion and copyright, out of the same tables as `--help` and `check`. */
function pages(env) {
  const folder = join(root, 'dist/pages')
  rmSync(folder, { recursive: true, force: true })
  buildSync({ ...bundling(root, 'src/pages/main.ts'), format: 'cjs', outfile: join(folder, 'write.cjs') })
  run(process.execPath, ['dist/pages/write.cjs', 'dist/pages'], { env })
  rmSync(join(folder, 'write.cjs'))
}

function pack(folder, out) {
  const tree = join(folder, 'tandem')
  mkdirSync(tree)
  for (const part of parts)
    cpSync(join(root, part), join(tree, part), {
      recursive: true,
      verbatimSymlinks: true,
      filter: path => !/\/dist\/(deb|results)(\/|$)|\.map$/.test(path.slice(root.length - 1)),
    })
  if (values.version !== undefined) {
    const log = join(tree, 'debian/changelog')
    writeFileSync(log, readFileSync(log, 'utf8').replace(/\(.*?\)/, `(${values.version})`))
  }
  // Nothing of whoever builds gets in: umask, language and time zone are the same everywhere.
  const env = { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C.UTF-8', TZ: 'UTC', DEB_BUILD_OPTIONS: 'nocheck' }
  const words = ['umask 022; chmod -R u+rwX,go+rX,go-w .; exec dpkg-buildpackage -b -us -uc --no-check-builddeps']
  run('sh', ['-c', ...words], { cwd: tree, env })
  mkdirSync(out, { recursive: true })
  for (const name of readdirSync(out)) if (/^tandem.*\.(deb|changes|buildinfo)$/.test(name)) rmSync(join(out, name))
  for (const name of readdirSync(folder))
    if (/\.(deb|changes|buildinfo)$/.test(name)) cpSync(join(folder, name), join(out, name))
}

const folder = mkdtempSync(join(tmpdir(), 'tandem-deb-'))
try {
  needTools()
  if (!existsSync(join(root, 'node_modules/esbuild'))) throw new Error('first: npm ci')
  const env = {
    ...process.env,
    ...(values.version && { TANDEM_VERSION: values.version }),
    ...(values.next && { TANDEM_NEXT: '1' }),
  }
  run(process.execPath, ['scripts/build.mjs'], { env })
  pages(env)
  const out = resolve(values.out)
  pack(folder, out)
  for (const name of readdirSync(out).filter(name => name.endsWith('.deb'))) console.log(join(out, name))
} catch (error) {
  console.error(`npm run deb: ${error.message}`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
