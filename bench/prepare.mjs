/**
 * What must be there before the laboratory can be built: programs, node_modules, our own bundles, the right to make
 * namespaces. Plain JavaScript without dependencies: it runs in a fresh clone.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Program -> Debian package. */
const programs = { ip: 'iproute2', nsenter: 'util-linux', unshare: 'util-linux', mount: 'mount', perl: 'perl-base' }

/** Ends this program with exit code 1 and one line that says what is missing. */
function giveUp(text) {
  console.error(text)
  process.exit(1)
}

function runs(file, args) {
  return spawnSync(file, args, { stdio: 'ignore', env: withSbin() }).status === 0
}

function withSbin() {
  return { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` }
}

/** Everything that takes time and may fail for reasons outside ourselves. Progress goes to standard error. */
export async function prepare(entry, folder = 'bench') {
  process.env.PATH = withSbin().PATH
  installPrograms()
  if (!existsSync(`${root}/node_modules/esbuild`)) {
    console.error('installing node_modules (npm ci)')
    const done = spawnSync('npm', ['ci'], { cwd: root, stdio: ['ignore', 2, 2] })
    if (done.status !== 0) giveUp('npm ci failed: see above')
  }
  await becomeRoot()
  const built = spawnSync(process.execPath, [`${root}/scripts/build.mjs`], { cwd: root, stdio: ['ignore', 2, 2] })
  if (built.status !== 0) giveUp('the build failed: see above')
  const { build } = await import('esbuild')
  const outfile = `${root}/dist/bench/${entry}.mjs`
  await build({
    entryPoints: [`${root}/${folder}/${entry}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  })
  return import(outfile)
}

function installPrograms() {
  const missing = Object.keys(programs).filter(name => !runs('sh', ['-c', `command -v ${name}`]))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map(name => programs[name]))]
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`
  if (process.getuid() !== 0) giveUp(`missing: ${missing.join(', ')}; as root: ${command}`)
  console.error(`missing: ${missing.join(', ')}; ${command}`)
  if (!runs('sh', ['-c', command]) && !runs('sh', ['-c', `apt-get update && ${command}`])) giveUp(`${command} failed`)
}

/** Runs this very program again as root of a user namespace of its own; returns only in the one that is root. */
function becomeRoot() {
  if (process.getuid() === 0) return Promise.resolve()
  const own = ['--user', '--map-root-user', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  if (
    !runs('unshare', [...own, 'unshare', '--pid', '--fork', '--mount', '--uts', 'mount', '-t', 'proc', 'proc', '/proc'])
  ) {
    giveUp(
      'The laboratory needs root or user namespaces. Run it as root, or let users make namespaces:\n' +
        '  sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000\n' +
        '  sysctl kernel.apparmor_restrict_unprivileged_userns=0    (where the system has it)\n' +
        'In a container, /proc must not be masked (docker run --privileged).',
    )
  }
  console.error('not root: going on in a user namespace')
  const again = spawn('unshare', [...own, process.execPath, ...process.argv.slice(1)], { stdio: 'inherit' })
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => again.kill(name))
  again.on('exit', code => process.exit(code ?? 1))
  return new Promise(() => {})
}
