/** ha.cf(5), haresources(5), authkeys(5), agents.ini(5): the tables that the reader of these files goes by, and the examples. */
import { builtins } from '../agents/builtin.ts'
import { type AgentKey, operationKeys } from '../config/agentKeys.ts'
import { type Directive, directives, type Rule } from '../config/directives.ts'
import { directiveTexts } from './directiveTexts.ts'
import { bold, page, paragraph, roff, section, seeAlso, tagged, verbatim } from './roff.ts'

const checkText =
  'tandem check explains what is wrong with it, with place, reason and what to write instead, and says what it understood.'
const example = (name: string, text: string): string =>
  section('EXAMPLE', paragraph(`As in /usr/share/doc/tandem/examples/${name}:`), verbatim(text.trimEnd()))
const rules = Object.entries(directives) as readonly (readonly [Directive, Rule])[]
const standing = (is: Rule['standing']['is']) => rules.filter(([, rule]) => rule.standing.is === is)
const term = ([name, { usage }]: readonly [Directive, Rule]): string => `${bold(name)} ${roff(usage)}`
const because = ([, { standing: why }]: readonly [Directive, Rule]): string =>
  why.is === 'obeyed' ? '' : `${why.because}${'fix' in why ? `; ${why.fix}` : ''}`

export function haCfPage(version: string, sample: string): string {
  const texts: Readonly<Record<string, string>> = directiveTexts
  return page(
    { name: 'ha.cf', section: '5', about: 'who belongs to the cluster, and how its nodes hear each other', version },
    section(
      'DESCRIPTION',
      paragraph(
        'The file of Linux-HA Heartbeat, read unchanged; the same on all nodes. One directive a line; the order of lines means nothing, # begins a comment. Times are seconds (1, 1.5), or a number with its unit: 500ms, 2s, 5m.',
      ),
      paragraph(checkText),
    ),
    section('DIRECTIVES', ...standing('obeyed').map(one => tagged(term(one), texts[one[0]] ?? ''))),
    section(
      'NOT YET OBEYED',
      paragraph('Accepted with a warning that stands for as long as the line does.'),
      ...standing('later').map(one => tagged(term(one), because(one))),
    ),
    section(
      'REFUSED',
      paragraph('Tandem does not start with these: whoever wrote them relies on them.'),
      ...standing('refused').map(one => tagged(term(one), because(one))),
    ),
    section(
      'WITHOUT EFFECT',
      paragraph('Known, and nothing to do here.'),
      ...standing('idle').map(one => tagged(bold(one[0]), because(one))),
    ),
    example('ha.cf', sample),
    seeAlso('haresources(5)', 'authkeys(5)', 'agents.ini(5)', 'tandem(8)', 'tandemd(8)'),
  )
}

export function haResourcesPage(version: string, sample: string): string {
  return page(
    { name: 'haresources', section: '5', about: 'what runs, and where it is at home', version },
    section('SYNOPSIS', `${roff('NODE RESOURCE ...')}\n`),
    section(
      'DESCRIPTION',
      paragraph(
        'The file of Linux-HA Heartbeat, read unchanged; the same on all nodes. One line is one group: its home, then its resources, which are always together on one node, start from left to right and stop from right to left. A backslash at the end of a line continues it.',
      ),
      paragraph(
        'A resource is a bare address, or a name with arguments after "::". A name is one of those below, a script in /etc/ha.d/resource.d, one of the names of Heartbeat where resource-agents has the agent, an init script, or a systemd unit; systemd::UNIT and ocf::PROVIDER:TYPE::NAME=VALUE say which.',
      ),
      paragraph(checkText),
    ),
    section(
      'BUILT IN',
      ...builtins.map(({ meta }) => {
        const also = meta.aliases === undefined ? '' : ` Also as ${meta.aliases.join(', ')}.`
        return tagged(bold(meta.usage), `${meta.summary}.${also}`)
      }),
    ),
    example('haresources', sample),
    seeAlso('ha.cf(5)', 'agents.ini(5)', 'tandem(8)'),
  )
}

export function authKeysPage(version: string, sample: string): string {
  return page(
    { name: 'authkeys', section: '5', about: 'the keys that prove a heartbeat', version },
    section('SYNOPSIS', `${roff('auth NUMBER')}\n.br\n${roff('NUMBER METHOD KEY')}\n`),
    section(
      'DESCRIPTION',
      paragraph(
        'The same file on all nodes, owner root, mode 0600; anything else is refused. tandem key new prints one.',
      ),
      tagged(bold('auth NUMBER'), 'the key that is sent; every key that is listed is accepted'),
      tagged(bold('NUMBER sha256 KEY'), 'number 0 to 15, key of 64 hexadecimal digits'),
      tagged(
        bold('NUMBER sha1|md5 TEXT'),
        'lines of Heartbeat: the text becomes the key of HMAC-SHA256, with a warning',
      ),
      tagged(bold('NUMBER crc'), 'no key at all: refused, unless ha.cf has allow_insecure_auth yes'),
    ),
    example('authkeys', sample.replace(/\b[0-9a-f]{64}\b/g, '(64 hexadecimal digits)')),
    seeAlso('ha.cf(5)', 'tandem(8)'),
  )
}

const keyItem = ({ name, kind, summary, default: usual }: AgentKey): string =>
  tagged(`${bold(name)} (${roff(kind)}${usual === undefined ? '' : `, ${roff(usual)}`})`, summary)

export function agentsIniPage(version: string, sample: string): string {
  const own = builtins.filter(({ meta }) => (meta.keys ?? []).length > 0)
  return page(
    { name: 'agents.ini', section: '5', about: 'how each resource is looked after', version },
    section(
      'DESCRIPTION',
      paragraph(
        'May be missing. A section is named after the beginning of a resource as haresources has it; [default] is all of them; the longer name wins, and what it does not say the shorter ones do. Once there is a password in it, it must be owned by root, mode 0600.',
      ),
      paragraph(checkText),
    ),
    section('KEYS OF ALL RESOURCES', ...operationKeys.map(keyItem)),
    section(
      'KEYS OF SOME',
      ...own.flatMap(({ meta }) => [paragraph(`${meta.name}:`), ...(meta.keys ?? []).map(keyItem)]),
    ),
    example('agents.ini', sample),
    seeAlso('haresources(5)', 'tandem(8)'),
  )
}
