/** From a checkout to a laboratory with Tandem in it. */
import { type LabOptions, openLab } from './lab.ts'
import { configure, type Timing, tandem } from './product.ts'
import type { Scene } from './scene.ts'

export const serviceAddress = '10.77.0.100'

export interface SetupOptions {
  /** The checkout, built. */
  readonly root: string
  readonly timing: Timing
  /** Instead of the example's. */
  readonly haresources?: string
  readonly record?: LabOptions['record']
  readonly live: boolean
  say(text: string): void
}

/** Two hosts with configuration files and no daemon yet. The caller closes the lab. */
export async function setUp(options: SetupOptions): Promise<Scene> {
  const { root, timing, live, say } = options
  const lab = await openLab({
    names: ['alpha', 'beta'],
    observerScript: `${root}/bench/observer.pl`,
    ...(options.record && { record: options.record }),
  })
  for (const host of lab.hosts) configure(host, `${root}/etc-examples/demo`, timing, options.haresources)
  return { lab, product: tandem(root), timing, address: serviceAddress, say, live }
}

/** Closes the lab when the user interrupts, and ends as the signal would have. */
export function closeOnSignal(close: () => Promise<void>): void {
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(name, () => void close().finally(() => process.exit(code)))
  }
}
