/** debian/copyright names everything that is inside the programs, with a text that we may give on. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, describe, expect, test } from 'vitest'
import { bundledFolders, copyright, licenceOf } from '../../src/pages/copyright.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { metafile } = await build({
  entryPoints: ['src/daemon/main.ts', 'src/beat/main.ts', 'src/cli/main.ts', 'src/agents/mysqlrole/driver.ts'],
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  outdir: '/nowhere',
  write: false,
  metafile: true,
})
const text = copyright(metafile, root)
const stanzas = text.split(/\n\n(?=\S)/)

describe('debian/copyright', () => {
  test('has a stanza with holder and licence for each package that was bundled', () => {
    const folders = new Set(
      Object.keys(metafile.inputs).flatMap(
        path => /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
      ),
    )
    expect(folders.size).toBeGreaterThan(20)
    for (const folder of folders) {
      const stanza = stanzas.find(one => one.startsWith(`Files: ${folder}/*\n`))
      expect(stanza, folder).toMatch(/^Copyright: .*\S/m)
      expect(stanza, folder).toMatch(/^License: (Apache-2\.0$|\S+\n (?=.*\S))/m)
    }
    expect(stanzas.filter(one => one.startsWith('Files: node_modules/'))).toHaveLength(folders.size)
  })

  test('gives the whole permission of a bundled package, not only its name', () => {
    const commander = stanzas.find(one => one.startsWith('Files: node_modules/commander/*'))
    expect(commander).toContain('Permission is hereby granted, free of charge')
    expect(commander).toContain('Copyright: 2011 TJ Holowaychuk')
  })

  test('has every line in DEP-5 form: a field, the rest of one, or nothing', () => {
    expect(text.split('\n').filter(line => !/^$|^ |^[A-Z][A-Za-z-]*: /.test(line))).toEqual([])
  })

  test('names packages below packages', () => {
    const inputs = { 'src/a.ts': {}, 'node_modules/a/node_modules/@b/c/d.js': {}, 'node_modules/a/e.js': {} }
    expect(bundledFolders({ inputs })).toEqual(['node_modules/a', 'node_modules/a/node_modules/@b/c'])
  })
})

describe('a bundled package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-licence-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  function packaged(name: string, license: string, files: Readonly<Record<string, string>>): string {
    const own = join(folder, name)
    mkdirSync(own)
    writeFileSync(join(own, 'package.json'), JSON.stringify({ name, version: '1.0.0', license }))
    for (const [file, content] of Object.entries(files)) writeFileSync(join(own, file), content)
    return own
  }

  test.each([
    ['unknown', 'GPL-3.0', { LICENSE: 'Copyright (c) A' }, 'is its licence "GPL-3.0"'],
    ['bare', 'MIT', {}, 'no LICENSE file'],
    ['nobody', 'MIT', { LICENSE: 'Do as you like.' }, 'names no copyright holder'],
    ['noticed', 'Apache-2.0', { LICENSE: 'Copyright A', NOTICE: 'by A' }, 'NOTICE'],
  ])('that cannot be given on as it is stops the build: %s', (name, license, files, why) => {
    expect(() => licenceOf(packaged(name, license, files))).toThrow(why)
  })
})
