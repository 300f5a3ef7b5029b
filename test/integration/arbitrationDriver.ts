/** Ping nodes, questions and carrier in a process of its own, inside a network namespace. Orders and events are lines of JSON. */
import { createInterface } from 'node:readline'
import { monotonicClock } from '../../src/agents/clock.ts'
import { nowMs } from '../../src/daemon/clock.ts'
import { openMachine } from '../../src/daemon/machine.ts'
import { type Asking, openAsking } from '../../src/daemon/outside/asking.ts'
import { watchCarrier } from '../../src/daemon/outside/carrier.ts'
import { realKnock } from '../../src/daemon/outside/knock.ts'
import { runningNow } from '../../src/daemon/outside/nearby.ts'
import { openPings, type Pings } from '../../src/daemon/outside/pings.ts'
import { realProbe } from '../../src/daemon/outside/probe.ts'
import type { Group, GroupName, Job, NodeId } from '../../src/types.ts'
import type { Order } from './arbitrationLab.ts'

const say = (event: object): void => void process.stdout.write(`${JSON.stringify({ ...event, nowMs: nowMs() })}\n`)
const timing = (keepaliveMs: number) => ({ keepaliveMs, warntimeMs: 3_000, deadtimeMs: 10_000, initdeadMs: 20_000 })
const groupsOf = (addresses: readonly string[]): readonly Group[] =>
  addresses.map(one => ({
    name: one as GroupName,
    homes: [],
    resources: [{ name: one, agent: 'IPaddr2', args: [one], address: true }],
  }))

let pings: Pings | undefined
let asking: Asking | undefined

createInterface({ input: process.stdin })
  .on('line', line => obey(JSON.parse(line) as Order))
  .on('close', () => process.exit())
say({ type: 'ready' })

function obey(order: Order): void {
  switch (order.do) {
    case 'pings':
      pings = openPings({ ...order, post: say, trouble: text => say({ type: 'trouble', text }) })
      return
    case 'close-pings':
      return pings?.close()
    case 'asking': {
      const { keepaliveMs, node, addresses, missing = [], knocks = true } = order
      const self = 'here' as NodeId
      const settings = {
        self,
        nodes: [self, node as NodeId],
        links: [],
        groups: groupsOf(addresses),
        timing: timing(keepaliveMs),
      }
      asking = openAsking({
        settings,
        post: say,
        tools: {
          clock: monotonicClock,
          startProbe: (file, args, events) =>
            realProbe(missing.includes(file) ? `/nowhere/${file}` : file, args, events),
          knock: knocks ? realKnock : () => () => {},
          running: runningNow,
        },
      })
      return
    }
    case 'ask':
      return asking?.ask(order.node as NodeId, order.addresses as readonly string[] as readonly GroupName[])
    case 'carrier':
      return carrier(order.runDir, groupsOf(order.addresses))
  }
}

/** As the daemon has it: the lines come from the monitor of the address keeper, which a probe has woken. */
function carrier(runDir: string, groups: readonly Group[]): void {
  const watch = watchCarrier({ groups, post: say })
  const settings = {
    groups,
    timing: timing(1_000),
    self: 'here' as NodeId,
    directives: new Map<string, string>(),
    operations: new Map(),
  } as unknown as Parameters<typeof openMachine>[0]
  const machine = openMachine(settings, { configDir: '/nowhere', runDir }, () => {}, {
    onMonitor: line => watch.line(line),
  })
  const job: Job = { id: 1, group: groups[0]!.name, op: 'probe', first: 0, last: 0, holdUntilMs: undefined }
  void machine.perform(job).then(outcome => say({ type: 'probed', outcome }))
}
