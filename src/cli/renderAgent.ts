/** `tandem agent describe` as text. Pure. */
import { createColors } from 'picocolors'
import type { Description } from './agentDescribe.ts'
import { kindText, type Look } from './renderAgentTest.ts'
import { wrap } from './words.ts'

const safetySays: Readonly<Record<Description['safety'], string>> = {
  'at-least-one': 'at-least-one: running on two nodes is a nuisance, on none an outage',
  'at-most-one': 'at-most-one: it must never run on two nodes at once, as that could destroy data',
}
const lead = 10

export function renderDescription(agent: Description, { width, color }: Look): string {
  const c = createColors(color)
  const kind = agent.kind === 'built in' ? 'built in' : kindText(agent.kind, agent.from)
  const rows: readonly (readonly [string, string])[] = [
    ['agent', kind],
    ['written', agent.usage],
    ...(agent.aliases.length > 0 ? ([['also', agent.aliases.join(', ')]] as const) : []),
    ['safety', safetySays[agent.safety]],
  ]
  const lines = [
    ...wrap(`${agent.name}${agent.summary ? `: ${agent.summary}` : ''}`, width).map((line, i) =>
      i === 0 ? c.bold(line) : line,
    ),
    '',
    ...rows.flatMap(([title, text]) =>
      wrap(text, width - lead).map((line, i) => `${c.dim((i === 0 ? title : '').padEnd(lead))}${line}`),
    ),
    ...parameterLines(agent, width, c),
    '',
    ...dimly(`agents.ini, for all of them under [${agent.section}]; with the usual value`, width, c),
    ...keyLines(agent.keys, width),
  ]
  return `${lines.join('\n')}\n`
}

function parameterLines(
  { parameters, usage }: Description,
  width: number,
  c: ReturnType<typeof createColors>,
): string[] {
  if (parameters.length === 0) return []
  const how = usage.startsWith('ocf::')
    ? 'what it takes as KEY=VALUE'
    : 'what the OCF agent takes, and is told by the words above'
  const widest = Math.min(24, Math.max(...parameters.map(({ name }) => name.length)) + 1)
  const rows = parameters.flatMap(({ name, required, default: usual, summary }) => {
    const text = `${summary || '(not described)'}${usual === undefined ? '' : ` (${usual})`}`
    return row(`${name}${required ? '*' : ''}`, widest, text, width)
  })
  return ['', ...dimly(`${how}; * must be there; in brackets what holds without it`, width, c), ...rows]
}

const dimly = (text: string, width: number, c: ReturnType<typeof createColors>): string[] =>
  wrap(text, width).map(line => c.dim(line))

function keyLines(keys: Description['keys'], width: number): string[] {
  const widest = Math.max(...keys.map(({ name }) => name.length))
  const usual = Math.max(...keys.map(key => key.default.length))
  return keys.flatMap(key =>
    row(`${key.name.padEnd(widest)}  ${key.default.padEnd(usual)}`, widest + usual + 2, key.summary, width),
  )
}

function row(title: string, size: number, text: string, width: number): string[] {
  const indent = size + 4
  const fits = title.length <= size
  const lines = wrap(text, width - indent)
  const head = `  ${title.padEnd(size)}  `
  const rest = (fits ? lines.slice(1) : lines).map(line => `${' '.repeat(indent)}${line}`)
  return [(fits ? `${head}${lines[0] ?? ''}` : head).trimEnd(), ...rest]
}
