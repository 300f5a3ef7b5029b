/** As much of a kernel, and of `ip -force -j -batch -`, as the keeper needs. */
import type { Clock } from '../../../src/agents/clock.ts'
import type { ChildEvents } from '../../../src/agents/longLived.ts'

interface Entry {
  address: string
  prefix: number
  device: string
  /** undefined = for ever */
  expiresMs: number | undefined
}

export function fakeKernel(clock: Clock) {
  const entries: Entry[] = []
  const devices = ['lo', 'eth0']
  const kernel = {
    entries,
    devices,
    carrier: true,
    /** Addresses that cannot be added. */
    refused: new Set<string>(),
    /** Do nothing and answer nothing. */
    hangs: false,
    /** Do everything and answer nothing. */
    mute: false,
    has: (address: string) => current().some(entry => entry.address === address),
    respond(text: string, events: ChildEvents) {
      if (kernel.hangs) return
      for (const line of text.split('\n').filter(Boolean)) {
        const answer = execute(line.split(' '), events)
        if (answer !== undefined && !kernel.mute) events.line(answer)
      }
    },
  }

  const current = (): Entry[] => {
    for (const entry of [...entries]) {
      if (entry.expiresMs !== undefined && entry.expiresMs <= clock.nowMs()) entries.splice(entries.indexOf(entry), 1)
    }
    return entries
  }

  function execute(words: string[], events: ChildEvents): string | undefined {
    const after = (word: string): string | undefined => words[words.indexOf(word) + 1]
    const device = words.includes('dev') ? after('dev') : undefined
    const [address = '', prefix = ''] = (words[2] ?? '').split('/')
    const same = (entry: Entry): boolean => entry.address === address && entry.prefix === Number(prefix)
    switch (`${words[0]} ${words[1]}`) {
      case 'addr replace': {
        if (kernel.refused.has(address)) {
          events.complaint('RTNETLINK answers: Permission denied')
          events.complaint('Command failed -:1')
          return undefined
        }
        const valid = after('valid_lft')
        const expiresMs = valid === 'forever' ? undefined : clock.nowMs() + Number(valid) * 1_000
        const old = current().find(same)
        if (old) old.expiresMs = expiresMs
        else entries.push({ address, prefix: Number(prefix), device: device ?? '', expiresMs })
        return undefined
      }
      case 'addr del': {
        const at = current().findIndex(same)
        if (at >= 0 && !kernel.refused.has(address)) entries.splice(at, 1)
        return undefined
      }
      case 'addr show': {
        const shown = devices.filter(name => device === undefined || name === device)
        return shown.length === 0 ? undefined : JSON.stringify(shown.map(show))
      }
      case 'route show':
        return '[{"dst":"10.9.0.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"10.9.0.1","flags":[]}]'
      default:
        return undefined
    }
  }

  const show = (name: string) => ({
    ifindex: devices.indexOf(name) + 1,
    ifname: name,
    flags: kernel.carrier ? ['UP', 'LOWER_UP'] : ['UP'],
    link_type: name === 'lo' ? 'loopback' : 'ether',
    address: '02:00:00:00:00:01',
    addr_info: current()
      .filter(entry => entry.device === name)
      .map(({ address, prefix, expiresMs }) => ({
        family: address.includes(':') ? 'inet6' : 'inet',
        local: address,
        prefixlen: prefix,
        valid_life_time: expiresMs === undefined ? 4294967295 : Math.floor((expiresMs - clock.nowMs()) / 1_000),
      })),
  })
  return kernel
}
