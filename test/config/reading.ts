/** Short ways to read settings in tests: texts in, what readSettings says out. */
import type { HostFacts } from '../../src/config/host.ts'
import type { Files, SourceFile } from '../../src/config/problem.ts'
import { type Reading, readSettings } from '../../src/config/readSettings.ts'
import type { Settings } from '../../src/config/settings.ts'

export const goodHaCf = `keepalive 1
deadtime 10
bcast eth0 eth1
node alpha beta
auto_failback off
split_policy take
`
export const goodResources = 'alpha 10.0.0.100/24/eth0 apache2\n'
export const goodKeys = `auth 1\n1 sha256 ${'00112233445566778899aabbccddeeff'.repeat(2)}\n`

export interface Texts {
  readonly haCf?: string | undefined
  readonly haResources?: string | undefined
  readonly authKeys?: string | undefined
  readonly agentsIni?: string | undefined
}

export function filesOf(texts: Texts, authFile: Partial<SourceFile> = {}, iniFile: Partial<SourceFile> = {}): Files {
  return {
    haCf: { name: 'ha.cf', text: texts.haCf ?? goodHaCf },
    haResources: { name: 'haresources', text: texts.haResources ?? goodResources },
    authKeys: { name: 'authkeys', text: texts.authKeys ?? goodKeys, ...authFile },
    ...(texts.agentsIni === undefined ? {} : { agentsIni: { name: 'agents.ini', text: texts.agentsIni, ...iniFile } }),
  }
}

export const anyHost: HostFacts = { nodeName: 'alpha', hasScript: () => undefined }

export function read(
  texts: Texts,
  host: Partial<HostFacts> = {},
  authFile: Partial<SourceFile> = {},
  iniFile: Partial<SourceFile> = {},
): Reading {
  return readSettings(filesOf(texts, authFile, iniFile), { ...anyHost, ...host })
}

export function settingsOf(texts: Texts, host: Partial<HostFacts> = {}): Settings {
  const { settings, problems } = read(texts, host)
  if (!settings) throw new Error(`not usable: ${JSON.stringify(problems.filter(problem => problem.level === 'error'))}`)
  return settings
}

/** `error HA120 3:10` for each problem: short enough to compare. */
export function briefly({ problems }: Reading): string[] {
  return problems.map(({ level, code, line, column }) => `${level} ${code} ${line}:${column}`)
}

/** The good ha.cf with lines added, and those of the same directive removed. */
export function haCfWith(...lines: readonly string[]): string {
  const replaced = new Set(lines.map(line => line.split(' ')[0]))
  const kept = goodHaCf.split('\n').filter(line => !replaced.has(line.split(' ')[0]))
  return [...kept, ...lines, ''].join('\n')
}
