/**
 * `npm run test:deb`: the packages as an administrator meets them. Built twice, linted, installed into a fresh minimal Debian,
 * and run in two virtual machines that have nothing but that Debian, the package and its examples. A client asks all the while.
 *   TANDEM_LAB=DIR          where the machines come from (default: `lab` in the PATH)
 *   --suite trixie          which Debian
 *   --node FILE.deb         another Node.js than that of its archive; where that is too old: the one that runs this
 *   --only PATTERN          of the scenes with two machines, those whose name fits and what they need, as in 'upgrade|removed'
 *   --keep                  leave the machines running at the end
 * Needs root, mmdebstrap and lintian; says what is missing and tests nothing then. Without a lab it is installed, removed and purged
 * in that Debian, and what would need machines is said loudly. The Debian is made once and kept.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { openGuests } from './debGuests.mjs'
import { faults } from './debScenes/faults.mjs'
import { forming } from './debScenes/forming.mjs'
import { lastResort } from './debScenes/lastResort.mjs'
import { leaving } from './debScenes/leaving.mjs'
import { moving } from './debScenes/moving.mjs'
import { protection } from './debScenes/protection.mjs'
import { upgrading } from './debScenes/upgrading.mjs'
import { packRunningNode } from './nodePackage.mjs'
import { root } from './steps.mjs'

const { values: options } = parseArgs({
  options: {
    suite: { type: 'string', default: 'trixie' },
    node: { type: 'string' },
    only: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
  },
})
const next = '0.1.1~next'
const oldestNode = '20.19'
const figures = new Map()
let passed = 0
let failed = 0
let broken = false

function run(file, args, { quiet = true, allow = false, ...more } = {}) {
  const done = spawnSync(file, args, { encoding: 'utf8', cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...more })
  if (!allow && done.status !== 0)
    throw new Error(
      `${file} ${args.join(' ')}: ${done.error?.message ?? `exit ${done.status}`}\n${done.stdout}${done.stderr}`,
    )
  return quiet ? `${done.stdout}${done.stderr}` : done
}
const has = program => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program], { encoding: 'utf8' }).stdout.trim()

/** One thing that has to hold. After the first that does not, nothing that stands on it is tried. */
async function check(name, work) {
  if (broken) return
  const begun = performance.now()
  try {
    const note = await work()
    passed++
    console.log(`ok     ${seconds(begun)}  ${name}${note ? `: ${note}` : ''}`)
  } catch (error) {
    failed++
    broken = true
    console.log(`FAILED ${seconds(begun)}  ${name}\n${error.stack ?? error}`)
  }
}
const seconds = begun => `${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s`
function must(holds, why) {
  if (!holds) throw new Error(why)
}

/** undefined: there is none. */
function labFolder() {
  const lab = process.env.TANDEM_LAB ?? (has('lab') && dirname(realpathSync(has('lab'))))
  return lab && existsSync(join(lab, 'client.mjs')) ? lab : undefined
}

const stars = '*'.repeat(78)
const notTested = (what, why) => console.log(`${stars}\n  NOT TESTED: ${what}. ${why}\n${stars}`)

function whatIsMissing() {
  if (process.getuid?.() !== 0) return 'it needs root'
  const tools = ['mmdebstrap', 'lintian', 'dpkg-buildpackage', 'dh'].filter(tool => !has(tool))
  if (tools.length > 0)
    return `not installed: ${tools.join(', ')}; apt-get install mmdebstrap lintian dpkg-dev debhelper`
  return undefined
}

const digest = file => createHash('sha256').update(readFileSync(file)).digest('hex')
const debsIn = folder =>
  readdirSync(folder)
    .filter(name => name.endsWith('.deb'))
    .sort()

/** Made once; a package archive that is not there today does not stop the next run. */
function base() {
  const tar = join(process.env.TANDEM_DEB_CACHE ?? tmpdir(), `tandem-base-${options.suite}.tar`)
  if (!existsSync(tar)) {
    const include = '--include=systemd,systemd-sysv,dbus,iproute2,procps,kmod,udev,ca-certificates'
    run('mmdebstrap', ['--mode=root', '--format=tar', '--variant=minbase', include, options.suite, `${tar}.new`])
    run('mv', [`${tar}.new`, tar])
  }
  return tar
}

function inTree(tree, command) {
  run('mount', ['-t', 'proc', 'proc', join(tree, 'proc')])
  try {
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }
    return run('chroot', [tree, 'sh', '-ec', command], { env })
  } finally {
    run('umount', [join(tree, 'proc')])
  }
}

/** Two machines that share a disk with others wait for each other's fsync: in memory, where there is enough. */
function roomy() {
  const memory = '/dev/shm'
  if (!existsSync(memory)) return tmpdir()
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize > 4e9 ? memory : tmpdir()
}

/** What apt is to install: the archive's own where we can use it. */
function nodeFor(tree) {
  const inArchive = inTree(tree, "apt-cache madison nodejs | awk '{print $3; exit}'").trim()
  const isOld = spawnSync('dpkg', ['--compare-versions', inArchive || '0', 'lt', oldestNode]).status === 0
  if (options.node === undefined && !isOld) return 'nodejs'
  const file = join(tree, 'root/nodejs.deb')
  if (options.node === undefined) packRunningNode(file)
  else cpSync(options.node, file)
  return '/root/nodejs.deb'
}

/** Without a service manager. With one the machines do it. */
function leave(tree) {
  inTree(tree, 'cd /usr/share/doc/tandem/examples; cp ha.cf haresources authkeys /etc/ha.d; mkdir -p /var/lib/tandem')
  inTree(tree, 'touch /var/lib/tandem/state.json; apt-get remove -y -q tandem')
  const lines = inTree(tree, 'apt-get purge -y -q tandem')
    .split('\n')
    .filter(line => line.startsWith('tandem:'))
  const files = ['authkeys', 'ha.cf', 'haresources'].map(name => `/etc/ha.d/${name}`)
  must(lines.length === 1 && files.every(file => lines[0].includes(file)), `it says: ${lines.join('; ')}`)
  const left = inTree(
    tree,
    "find / -xdev -iname '*tandem*' -not -path '/root/*' -not -path '/proc/*' -not -path '/var/log/*'",
  )
  must(left.trim() === '', `left: ${left}`)
}

async function main() {
  const missing = whatIsMissing()
  if (missing !== undefined) {
    notTested('the Debian packages', missing)
    console.log('0 passed, 0 failed')
    return
  }
  const lab = labFolder()
  const work = mkdtempSync(join(tmpdir(), 'tandem-test-deb-'))
  const disks = mkdtempSync(join(roomy(), 'tandem-test-deb-disks-'))
  const out = join(work, 'deb')
  const tree = join(work, 'tree')
  let guests
  try {
    await check(
      'the packages are built in one command',
      () => void run('npm', ['run', '-s', 'deb', '--', '--out', out]),
    )
    await check('built again elsewhere, they are the same, bit by bit', () => {
      const again = join(work, 'again')
      const env = { ...process.env, TZ: 'Pacific/Auckland', LANG: 'de_DE.UTF-8', TMPDIR: work }
      run('sh', ['-c', 'umask 077; exec npm run -s deb -- --out "$1"', 'sh', again], { env })
      for (const name of debsIn(out)) must(digest(join(out, name)) === digest(join(again, name)), `${name} differs`)
    })
    if (broken) return
    const debs = debsIn(out).map(name => join(out, name))
    const deb = debs.find(name => /tandem_/.test(name))
    await check('lintian has nothing to say', () => {
      const said = run('lintian', ['--pedantic', '-I', '--fail-on', 'error,warning,info,pedantic', ...debs])
      must(!/^[EWIP]: /m.test(said), said)
      figures.set('size of the package', `${(statSync(deb).size / 1000).toFixed(0)} kB`)
    })
    await check(`a fresh minimal Debian (${options.suite})`, () => {
      mkdirSync(tree)
      run('tar', ['-C', tree, '-xf', base()])
      cpSync('/etc/resolv.conf', join(tree, 'etc/resolv.conf'), { dereference: true })
      for (const file of debs) cpSync(file, join(tree, 'root', basename(file)))
    })
    await check('apt installs it, with a Node.js that is new enough', () => {
      inTree(tree, 'apt-get update -q')
      const node = nodeFor(tree)
      // fsck.ext4 is in every installed Debian; the journal is to survive a reboot, as there.
      inTree(tree, `apt-get install -y -q --no-install-recommends e2fsprogs ${node}; mkdir -p /var/log/journal`)
      const begun = performance.now()
      const said = inTree(tree, `apt-get install -y -q --no-install-recommends /root/${basename(deb)}`)
      figures.set('installation', seconds(begun).trim())
      must(/idle until \/etc\/ha\.d has/.test(said), `it does not say what to do:\n${said}`)
      must(/tandem 0\.\d/.test(inTree(tree, 'tandem --version')), 'tandem --version')
      return `${inTree(tree, 'node --version').trim()} ${node === 'nodejs' ? 'of its archive' : 'of a package of its own'}`
    })
    await check('it can be installed beside heartbeat, and has all its pages', () => {
      const files = from =>
        new Set(from.split('\n').flatMap(line => / \.(\/.*[^/])$/.exec(line.split(' -> ')[0])?.[1] ?? []))
      const ours = files(run('dpkg-deb', ['-c', deb]))
      const pages = [
        'man8/tandem.8',
        'man8/tandemd.8',
        ...['ha.cf', 'haresources', 'authkeys', 'agents.ini'].map(name => `man5/${name}.5tandem`),
      ]
      const lacking = pages.filter(page => !ours.has(`/usr/share/man/${page}.gz`))
      must(lacking.length === 0, `no page ${lacking.join(', ')}`)
      inTree(tree, 'mkdir /tmp/heartbeat; cd /tmp/heartbeat; apt-get download -q heartbeat; mv *.deb heartbeat.deb')
      must(
        run('dpkg-deb', ['-f', debs.find(name => /commands_/.test(name)), 'Conflicts']).trim() === 'heartbeat',
        'no conflict',
      )
      const theirs = files(inTree(tree, 'dpkg-deb -c /tmp/heartbeat/heartbeat.deb; rm -r /tmp/heartbeat'))
      must(theirs.has('/usr/bin/cl_status'), `its files are not told: ${[...theirs].slice(0, 5)}`)
      const both = [...ours].filter(file => theirs.has(file))
      must(both.length === 0, `heartbeat has them too: ${both.join(', ')}`)
    })
    if (broken) return
    if (lab === undefined) {
      await check('removed and purged, nothing is left but what the administrator wrote', () => leave(tree))
      notTested(
        'a cluster of the packages: stop, crash, upgrade, loss of power, reboot',
        'There is no lab for virtual machines: set TANDEM_LAB to its folder',
      )
      return
    }
    const upgrade = join(work, 'next')
    await check(
      'the next version is built, with formats of a higher number',
      () => void run('npm', ['run', '-s', 'deb', '--', '--out', upgrade, '--version', next, '--next']),
    )
    for (const name of debsIn(upgrade)) cpSync(join(upgrade, name), join(tree, 'root', name))
    const newer = name => `/root/${debsIn(upgrade).find(file => file.startsWith(`${name}_`))}`
    await check('two machines boot from it', async () => {
      guests = await openGuests({
        lab,
        disks,
        keep: options.keep,
        tree,
        run,
        must,
        sleep,
        client: pathToFileURL(join(lab, 'client.mjs')).href,
      })
    })
    if (broken) return
    const only = (name, work) => (new RegExp(options.only).test(name) ? check(name, work) : undefined)
    const packages = {
      deb: newer('tandem'),
      commands: newer('tandem-heartbeat-commands'),
      former: `/root/${basename(deb)}`,
    }
    const scene = { check: only, always: check, figures, next, ...packages }
    for (const scenes of [forming, protection, faults, upgrading, moving, lastResort, leaving])
      await scenes(guests, scene)
  } finally {
    if (options.keep) console.log(`left running: LAB_DIR=${process.env.LAB_DIR}`)
    else {
      guests?.down()
      for (const folder of [work, disks]) rmSync(folder, { recursive: true, force: true })
    }
    tell()
  }
}

function tell() {
  console.log('')
  for (const [name, value] of figures) console.log(`${name.padEnd(48)} ${value}`)
  console.log(`\n${passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}

await main()
if (options.keep) process.exit() // the client asks on
