/** All scenarios. A new one is a member of a list in `scenarios/`; nothing else has to know it. */
import type { Scenario } from './scenario.ts'
import { asking } from './scenarios/asking.ts'
import { cuts } from './scenarios/cuts.ts'
import { life } from './scenarios/life.ts'
import { links } from './scenarios/links.ts'
import { majority } from './scenarios/majority.ts'
import { orders } from './scenarios/orders.ts'
import { power } from './scenarios/power.ts'
import { processes } from './scenarios/processes.ts'

const notHere: readonly Scenario[] = [
  {
    name: 'ClockStep',
    skip: 'the wall clock is one for all namespaces: npm run pauses, in a virtual machine',
    play: () => Promise.reject(new Error('cannot be played')),
  },
]

export const scenarios: readonly Scenario[] = [
  ...life,
  ...orders,
  ...processes,
  ...power,
  ...links,
  ...cuts,
  ...asking,
  ...majority,
  ...notHere,
]
