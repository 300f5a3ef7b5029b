/** debian/copyright (DEP-5): this project, and every package that esbuild says it has put into our programs. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folderIn = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/

/** What esbuild says of its work, as far as we ask. */
export interface Metafile {
  readonly inputs: Readonly<Record<string, unknown>>
}

/** The folders of the bundled packages, in order. */
export function bundledFolders(metafile: Metafile): readonly string[] {
  const folders = Object.keys(metafile.inputs).map(path => folderIn.exec(path)?.[0])
  return [...new Set(folders.filter(folder => folder !== undefined))].sort()
}

/** Of the licences that we know; another one has to be looked at by a person first. */
const known = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause'])
const holderIn = /^\s*(?:copyright\s*)?(?:\(c\)|©|copyright)\s*(.*\S)/i

interface Licence {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly text: string
  readonly holders: readonly string[]
}

/** What a package says of itself. Throws when that is not enough to give it on. */
export function licenceOf(folder: string): Licence {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find(entry => /^licen[cs]e(\.(md|txt))?$/i.test(entry))
  if (!known.has(license))
    throw new Error(`${folder}: is its licence "${license}" one that we may give on? Add it, or drop it`)
  if (file === undefined) throw new Error(`${folder}: it has no LICENSE file to give on`)
  const text = readFileSync(join(folder, file), 'utf8').replaceAll('\r', '').trim()
  const holders = text.split('\n').flatMap(line => holderIn.exec(line)?.[1] ?? [])
  if (holders.length === 0) throw new Error(`${folder}/${file}: it names no copyright holder`)
  if (license === 'Apache-2.0' && readdirSync(folder).some(entry => /^notice/i.test(entry)))
    throw new Error(`${folder}: its NOTICE has to be given on too`)
  return { name, version, license, text, holders }
}

/** A text as the value of a field: each line one further in, and a dot where there is nothing. */
const indented = (text: string): string =>
  text
    .split('\n')
    .map(line => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`))
    .join('\n')

/** Each text names its holders, so each is a licence of its own. */
const nameIn = (name: string): string => name.replace(/[^a-z0-9.]+/gi, '-').replace(/^-/, '')

/** `root`: where the paths of the metafile begin. */
export function copyright(metafile: Metafile, root: string): string {
  const packages = bundledFolders(metafile).map(folder => ({ folder, ...licenceOf(join(root, folder)) }))
  const stanzas = packages.map(
    ({ folder, name, version, license, text, holders }) => `Files: ${folder}/*
Copyright: ${holders.join('\n           ')}
${license === 'Apache-2.0' ? 'License: Apache-2.0' : `License: ${license}-${nameIn(name)}\n${indented(text)}`}
Comment: ${name} ${version}, bundled into the programs in /usr/lib/tandem/dist`,
  )
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Tandem

Files: *
Copyright: the Tandem developers
License: Apache-2.0

${stanzas.join('\n\n')}

License: Apache-2.0
 Licensed under the Apache License, Version 2.0. On Debian systems its text
 is in /usr/share/common-licenses/Apache-2.0.
`
}
