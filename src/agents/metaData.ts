/** What an OCF agent says of itself (`meta-data`, ra-api-1): only what is shown to people. */

export interface MetaData {
  readonly summary: string
  readonly parameters: readonly Parameter[]
}

export interface Parameter {
  readonly name: string
  readonly required: boolean
  readonly default: string | undefined
  readonly summary: string
}

/** undefined: that was no meta-data. What is missing in it is empty. */
export function readMetaData(xml: string): MetaData | undefined {
  const bare = xml.replace(/<!--[\s\S]*?-->/g, '')
  if (!/<resource-agent[\s>]/.test(bare)) return undefined
  const [head = ''] = bare.split(/<parameters[\s>/]/)
  return {
    summary: textOf(head, 'shortdesc'),
    parameters: [...bare.matchAll(/<parameter\s([^>]*)>([\s\S]*?)<\/parameter>/g)].map(([, tag = '', body = '']) => ({
      name: attribute(tag, 'name') ?? '',
      required: /^(1|true|yes)$/.test(attribute(tag, 'required') ?? ''),
      default: attribute(/<content\s([^>]*)>/.exec(body)?.[1] ?? '', 'default') || undefined,
      summary: textOf(body, 'shortdesc'),
    })),
  }
}

const textOf = (xml: string, tag: string): string =>
  plain(new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`).exec(xml)?.[1] ?? '')

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(tag)
  return value ? plain(value[1] ?? value[2] ?? '') : undefined
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
const plain = (text: string): string =>
  text
    .replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities[name]!)
    .replace(/\s+/g, ' ')
    .trim()
