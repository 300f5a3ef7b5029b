/** Make secondary. The resource stays up, so that the copy here goes on being written. */
import type { Outcome } from '../../types.ts'
import { done, failed } from '../agent.ts'
import { call, codeOf, type Operation, sayRan } from './call.ts'
import { heldOpenBy } from './holders.ts'
import { look } from './look.ts'

/** What has just been unmounted may be looked at by udev for a moment. */
const patienceMs = 10_000
const tryAgainMs = 500

export async function stopOne(operation: Operation, name: string): Promise<Outcome> {
  const { clock } = operation.host
  const beganMs = clock.nowMs()
  for (;;) {
    const seen = await look(operation, name)
    if ('unknown' in seen) return blindly(operation, name, seen.unknown)
    if (seen.state === undefined || seen.state.role !== 'Primary') return done
    const ran = await call(operation, 'drbdadm', ['secondary', name])
    if (ran.ok) return done
    const isHeld = codeOf(ran) === 11 && /held open/.test(ran.output)
    const late = clock.nowMs() - beganMs >= patienceMs || clock.nowMs() + tryAgainMs >= operation.untilMs
    if (isHeld && late) return failed(await sayHeld(operation, name, [...seen.state.volumes.values()]))
    if (!isHeld && (late || ran.end.by === 'timeout' || codeOf(ran) === undefined)) return failed(sayRan(ran, name))
    await new Promise<void>(resolve => void clock.after(tryAgainMs, resolve))
  }
}

/** To make secondary what is secondary does no harm, and its exit code 0 is an answer. */
async function blindly(operation: Operation, name: string, why: string): Promise<Outcome> {
  const ran = await call(operation, 'drbdadm', ['secondary', name])
  return ran.ok
    ? done
    : failed(`the state of ${name} cannot be told (${why}), nor can it be made secondary: ${sayRan(ran, name)}`)
}

async function sayHeld(operation: Operation, name: string, volumes: readonly { readonly minor: number | undefined }[]) {
  const held = await heldOpenBy(
    operation,
    volumes.flatMap(({ minor }) => minor ?? []),
  )
  return `${name} stays primary: its device is ${held ?? 'held open by someone who is not seen here: the kernel, or a mount namespace of its own'}`
}
