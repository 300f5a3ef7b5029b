/** The words `cl_status` takes. */

/** The option letters of each sub-command, as for getopt. */
export const optionsOf: Readonly<Record<string, string>> = {
  hbstatus: 'mv',
  listnodes: 'mpnv',
  nodestatus: 'm',
  nodeweight: 'm',
  nodesite: 'm',
  nodetype: 'm',
  listhblinks: 'mv',
  hblinkstatus: 'm',
  clientstatus: 'm',
  rscstatus: 'm',
  hbparameter: 'mp:',
}

export interface Options {
  /** The letters given. */
  readonly flags: ReadonlySet<string>
  readonly words: readonly string[]
  /** The value of the option that takes one. */
  readonly parameter: string | undefined
  /** What getopt would have returned for an unknown letter. */
  readonly wrong: string | undefined
}

/** As getopt does it: options anywhere, letters joined or not. */
export function parseOptions(args: readonly string[], letters: string): Options {
  const flags = new Set<string>()
  const words: string[] = []
  let parameter: string | undefined
  let wrong: string | undefined
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? ''
    if (!/^-./.test(arg)) {
      words.push(arg)
      continue
    }
    for (let j = 1; j < arg.length; j++) {
      const letter = arg.charAt(j)
      if (!letters.includes(letter) || letter === ':') wrong ??= '?'
      flags.add(letter)
      if (!letters.includes(`${letter}:`)) continue
      parameter = arg.slice(j + 1) || args[++i]
      break
    }
  }
  return { flags, words, parameter, wrong }
}

export const usage = `usage: cl_status SUB-COMMAND [OPTION...] [ARGUMENT...]

hbstatus [-v]                 is the daemon running here (-v: with all nodes and links)
listnodes [-n|-p|-v]          the nodes (-n normal ones, -p ping ones, -v with links)
nodestatus NODE               active, init or dead
nodetype NODE                 normal or ping
nodeweight NODE               always 100
nodesite NODE                 always empty
listhblinks NODE [-v]         the links over which NODE is heard
hblinkstatus NODE LINK        up or dead
clientstatus NODE CLIENT      online or offline
rscstatus                     what this node holds: none, local, foreign, all or transition
hbparameter -p NAME           a setting as written in ha.cf

-m gives each answer as a sentence.
`
