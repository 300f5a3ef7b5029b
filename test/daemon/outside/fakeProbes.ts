/** Programs that ask, made of functions, and what they print. */
import type { ProbeEvents, StartProbe } from '../../../src/daemon/outside/probe.ts'

export interface FakeProbe {
  readonly command: string
  readonly events: ProbeEvents
  interrupted: boolean
  killed: boolean
  /** Prints the last words and ends. */
  end(output: string): void
}

export interface FakeProbes {
  readonly start: StartProbe
  readonly all: FakeProbe[]
  /** Those whose command line has this in it. */
  of(words: string): readonly FakeProbe[]
}

/** What each does when it is interrupted, by its command line; undefined = it goes on. */
export function fakeProbes(onInterrupt: (command: string) => string | undefined = lastWords): FakeProbes {
  const all: FakeProbe[] = []
  const start: StartProbe = (file, args, real) => {
    let over = false
    const events: ProbeEvents = {
      printed: output => over || real.printed(output),
      ended(output, missing) {
        if (!over) real.ended(output, missing)
        over = true
      },
    }
    const probe: FakeProbe = {
      command: [file, ...args].join(' '),
      events,
      interrupted: false,
      killed: false,
      end: output => events.ended(output, false),
    }
    all.push(probe)
    return {
      interrupt() {
        probe.interrupted = true
        const said = onInterrupt(probe.command)
        if (said !== undefined) queueMicrotask(() => events.ended(said, false))
      },
      kill() {
        probe.killed = true
      },
    }
  }
  return { start, all, of: words => all.filter(({ command }) => command.includes(words)) }
}

export const nothingByArp =
  'ARPING 10.0.0.100 from 0.0.0.0 eth0\nSent 1 probes (1 broadcast(s))\nReceived 0 response(s)\n'
export const nothingByPing =
  'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n\n--- 10.0.0.2 ping statistics ---\n4 packets transmitted, 0 received, 100% packet loss, time 103ms\n\n'
export const answerByArp =
  'ARPING 10.0.0.100 from 0.0.0.0 eth0\nUnicast reply from 10.0.0.100 [BA:13:00:16:A2:A4]  0.532ms\n'
export const answerByPing =
  'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.048 ms\n'

/** Nobody is there. */
export const lastWords = (command: string): string | undefined =>
  command.startsWith('arping ') ? nothingByArp : command.startsWith('ping ') ? nothingByPing : undefined
