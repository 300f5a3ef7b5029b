/** What speaks against this node's database becoming the primary, were the other one to die now. Changes nothing. */
import { findProgram } from '../program.ts'
import { cannot, type Hindrance, might } from '../readiness.ts'
import { primaryOf } from './care.ts'
import { look } from './facts.ts'
import { DatabaseError } from './session.ts'
import { statementsFor, tooOld } from './statements.ts'
import { lookAtOthers, type Pair, withOwn } from './talk.ts'
import { heirs } from './telling.ts'
import type { Situation } from './verdict.ts'

export async function readiness(pair: Pair): Promise<readonly Hindrance[]> {
  try {
    const looked = await lookAtOthers(pair)
    const own = await withOwn(pair, look)
    const { node, wanted, memories } = pair
    const situation = { ...looked, node, own, wanted, memory: memories.memory(), sighting: memories.sighting() }
    const primary = primaryOf(looked.others)?.[0]
    const ofPair =
      primary === undefined ? [] : [...ofRole(situation, primary), ...(await replicationAccount(pair, primary))]
    return [...ofOwn(situation), ...ofPair, ...programs(own.version)]
  } catch (error) {
    if (error instanceof DatabaseError) return [cannot(ownText(pair, error))]
    throw error
  }
}

function ownText({ resource, wanted, node }: Pair, { how, message, errno }: DatabaseError): string {
  if (how === 'gone') return `${message}: start the server of ${node}, as at boot`
  // Wrong password, or not a user who may come from there.
  if (errno === 1045 || errno === 1698)
    return `${message}: user and password of ${resource} in agents.ini are not those of the account ${wanted.user} on ${node}`
  return message
}

function ofOwn({ own, node }: Situation): Hindrance[] {
  const old = tooOld(own.version)
  return [
    ...(old === undefined ? [] : [cannot(old)]),
    ...own.unfit.map(why => might(why)),
    ...(own.readOnly ? [] : [might(`the database of ${node} takes writes, and its group does not run here`)]),
  ]
}

/** The rule that will be asked then. */
function ofRole(situation: Situation, primary: string): Hindrance[] {
  const { memory, node } = situation
  if (memory.errant !== undefined)
    return [cannot(`it has transactions that ${primary} has not: tandem mysql reseed, typed on ${node}`)]
  if (memory.lacks !== undefined)
    return [cannot(`it is no copy of ${primary} yet: tandem mysql reseed, typed on ${node}`)]
  const why = heirs(situation, primary).find(([name]) => name === node)?.[1]
  return why === undefined ? [] : [cannot(`it would not be made primary: ${why}`)]
}

/** Needed where relay log is left that no server applies any more, and where transactions are kept for somebody. */
function programs(version: string): Hindrance[] {
  const { client, binlog, dump } = statementsFor(version).programs
  const missing = [client, binlog, dump].filter(names => !names.some(name => findProgram(name) !== undefined))
  return missing.map(([name = '']) =>
    might(`${name} is not installed: a replica that was started anew with unapplied relay log could not be promoted`),
  )
}

/** As the receiver will say it, when it connects the next time. */
async function replicationAccount({ host, wanted, node }: Pair, primary: string): Promise<Hindrance[]> {
  const account = { user: wanted.replicationUser, password: wanted.replicationPassword }
  try {
    const session = await host.openDatabase({ ...account, ...wanted.places.get(primary)! }, wanted.answerMs)
    session.close()
    return []
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    return [might(`${node} cannot replicate from ${primary} as ${wanted.replicationUser}: ${error.message}`)]
  }
}
