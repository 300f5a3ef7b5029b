/** All pages, by the name of their file. Those of section 5 lie beside Heartbeat's own: both may be installed. */
import about from '../../package.json' with { type: 'json' }
import { commands } from '../cli/tandem.ts'
import { tandemdPage, tandemPage } from './commandPages.ts'
import { bashCompletion } from './completion.ts'
import { agentsIniPage, authKeysPage, haCfPage, haResourcesPage } from './filePages.ts'
import { clStatusPage, handOverPage } from './heartbeatPages.ts'

const nobody = {
  out: () => true,
  err: () => true,
  isTty: false,
  columns: () => 80,
  rows: () => 24,
  env: {},
  whenInterrupted: () => undefined,
}

/** `read`: a file of the checkout. */
export function pages(read: (file: string) => string, version: string = about.version): ReadonlyMap<string, string> {
  const program = commands(nobody, () => undefined)
  const example = (name: string): string => read(`etc-examples/${name}`)
  return new Map([
    ['tandem.8', tandemPage(program, version)],
    ['tandemd.8', tandemdPage(version)],
    ['ha.cf.5tandem', haCfPage(version, example('ha.cf'))],
    ['haresources.5tandem', haResourcesPage(version, example('haresources'))],
    ['authkeys.5tandem', authKeysPage(version, example('authkeys'))],
    ['agents.ini.5tandem', agentsIniPage(version, example('agents.ini'))],
    ['cl_status.1', clStatusPage(version)],
    ['hb_takeover.1', handOverPage('hb_takeover', version)],
    ['hb_standby.1', handOverPage('hb_standby', version)],
    ['tandem', bashCompletion(program)],
  ])
}
