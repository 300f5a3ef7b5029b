/** The demo: a story on the terminal, figures in one JSON object. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs, styleText } from 'node:util'
import { beatStopped, bothKilled, bothStopped, type Case, daemonKill, powerLoss, type Row, takeover } from './cases.ts'
import { inNetwork } from './place.ts'
import { raise, roles, type Scene } from './scene.ts'
import { closeOnSignal, serviceAddress, setUp } from './setup.ts'
import { nowMs, run } from './shell.ts'

/** As in etc-examples/demo/ha.cf. */
const timing = { keepaliveMs: 500, warntimeMs: 1500, deadtimeMs: 5000 }

interface Chapter {
  readonly key: string
  readonly title: string
  readonly tell: Case
  /** What it came to, one sentence a line. */
  verdict(row: Row): readonly string[]
}

const without = (row: Row): string => `The client was without service for ${row['outage_ms']} ms.`

const chapters: readonly Chapter[] = [
  {
    key: 'crash',
    title: 'The active host loses power',
    tell: powerLoss,
    verdict: row => [
      without(row),
      `That is the deadtime of ${row['deadtime_ms']} ms, counted from the last heartbeat ${row['since_heartbeat_ms']} ms ` +
        `before the fault, and ${row['overhead_ms']} ms.`,
      'The old host is back; the service stays where it is (auto_failback off).',
    ],
  },
  {
    key: 'takeover',
    title: 'An administrator moves the service back',
    tell: takeover,
    verdict: row => [without(row), `The command had its answer after ${row['typed_ms']} ms.`],
  },
  {
    key: 'daemonKill',
    title: 'The daemons are killed, one after the other, and started again',
    tell: daemonKill,
    verdict: row => [
      without(row),
      row['duplicate'] ? 'BOTH HOSTS HELD THE ADDRESS.' : 'The address was never on two hosts.',
    ],
  },
  {
    key: 'bothKilled',
    title: 'Both daemons are killed for good while their host lives',
    tell: bothKilled,
    verdict: leaseVerdict,
  },
  { key: 'bothStopped', title: 'Both daemons freeze', tell: bothStopped, verdict: leaseVerdict },
  { key: 'beatStopped', title: 'The heartbeat process alone freezes', tell: beatStopped, verdict: leaseVerdict },
]

function leaseVerdict(row: Row): readonly string[] {
  return [
    `The address left the old host after ${row['let_go_ms']} ms and came to the other after ${row['taken_ms']} ms.`,
    without(row),
    row['overlap_ms'] === 0 ? 'It was never on two hosts.' : `IT WAS ON TWO HOSTS FOR ${row['overlap_ms']} ms.`,
  ]
}

/** True when the address was on two hosts at the same time, which must never be. */
const broken = (row: Row): boolean => row['duplicate'] === true || Number(row['overlap_ms'] ?? 0) > 0

/** `root`: the checkout, built. The exit code: 1 when an address was on two hosts. */
export async function demo(root: string, argv: readonly string[], fromMs = nowMs()): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { json: { type: 'boolean' }, record: { type: 'string' }, only: { type: 'string' } },
  })
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    process.stdout.isTTY && !process.env['NO_COLOR'] ? styleText(style, text) : text
  const print = (text: string) => console.log(text)
  const say = (text: string) => print(`${((nowMs() - fromMs) / 1000).toFixed(1).padStart(7)} s  ${text}`)
  const { record } = values
  if (record !== undefined) writeFileSync(record, '')
  const recorder = record === undefined ? () => {} : (line: string) => appendFileSync(record, `${rawRecord(line)}\n`)

  print(paint('bold', 'Tandem: two hosts, alpha and beta; one service: an address and a web server'))
  const scene = await setUp({ root, timing, live: true, say, record: recorder })
  closeOnSignal(scene.lab.close)
  const results: Record<string, Row> = {}
  try {
    say('alpha and beta are switched on; tandemd starts on both')
    await raise(scene)
    await tellWhoServes(scene, say)
    const wanted = values.only?.split(',')
    for (const [i, chapter] of chapters.filter(one => wanted?.includes(one.key) ?? true).entries()) {
      print(`\n${paint('bold', `${i + 1}. ${chapter.title}`)}`)
      const row = await chapter.tell(scene)
      results[chapter.key] = row
      for (const line of chapter.verdict(row)) say(paint(broken(row) ? 'red' : 'green', line))
      await tellWhoServes(scene, say)
    }
    print('')
  } catch (error) {
    tellLogs(scene, text => print(text))
    throw error
  } finally {
    await scene.lab.close()
    say('hosts, network and files of the demo are cleared away')
  }
  if (values.json) print(JSON.stringify(results))
  return Object.values(results).some(broken) ? 1 : 0
}

async function tellWhoServes(scene: Scene, say: (text: string) => void): Promise<void> {
  const page = await run(inNetwork(scene.lab.client, ['perl', '-e', webClient, serviceAddress])).catch(() => 'nothing')
  say(`${roles(scene).active.name} is active; the client's web page says: "${page.trim()}"`)
}

/** The last line of a page, by a program that every Debian has. */
const webClient = `use IO::Socket::INET;
my $s = IO::Socket::INET->new(PeerAddr => "$ARGV[0]:80", Timeout => 3) or die "no web server: $!\\n";
print $s "GET / HTTP/1.0\\r\\n\\r\\n"; my @lines = <$s>; print $lines[-1];`

/** What the daemons wrote last: the first thing to read after a failure. */
function tellLogs(scene: Scene, print: (text: string) => void): void {
  for (const host of scene.lab.hosts) {
    const log = readFileSync(`${host.dir}/tandemd.log`, 'utf8').trimEnd().split('\n').slice(-25)
    print(`\n--- ${host.name}: end of what tandemd said`)
    for (const line of log) print(`    ${line}`)
  }
}

const kinds: Record<string, string> = {
  R: 'answer',
  A: 'address',
  W: 'who-has',
  G: 'announcement',
  H: 'heartbeat',
  N: 'note',
}

/** A line of the observer as a JSON object. */
function rawRecord(line: string): string {
  const [kind = '', at, ...rest] = line.split(' ')
  if (kind === 'N') return JSON.stringify({ kind: 'note', t: Number(at), text: rest.join(' ') })
  const [host, second, third] = rest
  const named =
    kind === 'R'
      ? { question: Number(second), asked: Number(third) }
      : kind === 'A'
        ? { change: second, address: third }
        : kind === 'W'
          ? { question: Number(second) }
          : kind === 'H'
            ? { to: second }
            : { address: second }
  return JSON.stringify({ kind: kinds[kind] ?? kind, t: Number(at), host, ...named })
}
