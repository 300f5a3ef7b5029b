/** Bash completion, out of the command tree. */
import type { Command, Option } from 'commander'

interface Place {
  /** The words that lead here, joined by blanks. */
  readonly path: string
  /** What may be typed next. */
  readonly words: readonly string[]
  /** Options that take a value, and what may be typed there; undefined: anything. */
  readonly values: readonly (readonly [option: string, words: readonly string[] | 'folder' | undefined])[]
}

const flagsOf = ({ short, long }: Option): readonly string[] => [short, long].filter(flag => flag !== undefined)

function valuesOf(option: Option): Place['values'] {
  if (!option.required && !option.optional) return []
  const words = option.argChoices ?? (/<dir>/.test(option.flags) ? 'folder' : undefined)
  return flagsOf(option).map(flag => [flag, words] as const)
}

/** Every place in the tree: the command itself first. `shared`: options that count everywhere. */
export function places(
  command: Command,
  path: readonly string[] = [],
  shared: readonly Option[] = [],
): readonly Place[] {
  const below = command.commands.filter(one => one.name() !== 'help')
  const options = [...command.options, ...shared]
  const here: Place = {
    path: path.join(' '),
    words: [...below.map(one => one.name()), ...options.flatMap(flagsOf), '-h', '--help'],
    values: options.flatMap(valuesOf),
  }
  const global = path.length === 0 ? command.options : shared
  return [here, ...below.flatMap(one => places(one, [...path, one.name()], global))]
}

const quoted = (text: string): string => `'${text}'`

function valueCase([option, words]: Place['values'][number]): string {
  const reply =
    words === undefined
      ? 'COMPREPLY=()'
      : words === 'folder'
        ? 'mapfile -t COMPREPLY < <(compgen -d -- "$word")'
        : `mapfile -t COMPREPLY < <(compgen -W ${quoted(words.join(' '))} -- "$word")`
  return `        ${quoted(option)}) ${reply}; return ;;`
}

const placeCase = ({ path, words, values }: Place): string => `    ${quoted(path)})
      case $before in
${values.map(valueCase).join('\n')}
      esac
      mapfile -t COMPREPLY < <(compgen -W ${quoted(words.join(' '))} -- "$word")
      ;;`

/** The longest path that the words typed so far lead to decides. */
export function bashCompletion(program: Command): string {
  const all = places(program)
  return `# bash completion for tandem(8), written from its command tree
_tandem() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} path='' one
  for one in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$one" in
      ${all
        .filter(({ path }) => path !== '')
        .map(({ path }) => quoted(path))
        .join(' | ')}) path="\${path:+$path }$one" ;;
    esac
  done
  COMPREPLY=()
  case $path in
${all.map(placeCase).join('\n')}
  esac
}
complete -F _tandem tandem
`
}
