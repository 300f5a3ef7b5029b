/**
 * The Node.js that runs this, as a package `nodejs` for a Debian whose own is too old: the program alone, with the libraries that
 * it asks for as its dependencies. For tests; whoever installs Tandem there takes a package of his own choice.
 *   node scripts/nodePackage.mjs OUT.deb
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

function run(file, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8', ...options })
  if (status !== 0)
    throw new Error(`${file} ${args.join(' ')}: ${error?.message ?? `exit ${status}`}\n${stdout}${stderr}`)
  return stdout
}

/** @param {string} deb where to write it */
export function packRunningNode(deb) {
  const program = realpathSync(process.execPath)
  if (/libnode/.test(run('ldd', [program])))
    throw new Error(`${program} is only a part of Node.js, the rest is in libnode: give a package with --node FILE.deb`)
  const folder = mkdtempSync(join(tmpdir(), 'tandem-node-'))
  try {
    const tree = join(folder, 'tree')
    for (const name of ['usr/bin', 'DEBIAN']) mkdirSync(join(tree, name), { recursive: true })
    copyFileSync(program, join(tree, 'usr/bin/node'))
    chmodSync(join(tree, 'usr/bin/node'), 0o755)
    writeFileSync(join(tree, 'DEBIAN/control'), control(folder, program))
    run('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', tree, resolve(deb)])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function control(folder, program) {
  // dpkg-shlibdeps works beside a debian/control, whatever it says.
  mkdirSync(join(folder, 'debian'))
  writeFileSync(join(folder, 'debian/control'), 'Source: nodejs\n\nPackage: nodejs\nArchitecture: any\n')
  const depends = run('dpkg-shlibdeps', ['-O', '-e', program], { cwd: folder }).trim().replace('shlibs:Depends=', '')
  const fields = {
    Package: 'nodejs',
    Version: `${process.versions.node}-0tandem`,
    Architecture: run('dpkg', ['--print-architecture']).trim(),
    Maintainer: 'nobody <nobody@localhost>',
    'Installed-Size': Math.ceil(statSync(program).size / 1024),
    Depends: depends,
    Description: 'Node.js of the machine that tests, packed for a test',
  }
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const deb = process.argv[2]
    if (deb === undefined) throw new Error('where to? node scripts/nodePackage.mjs OUT.deb')
    packRunningNode(deb)
  } catch (error) {
    console.error(`nodePackage: ${error.message}`)
    process.exitCode = 1
  }
}
