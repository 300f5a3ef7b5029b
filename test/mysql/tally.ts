/** What became of the rows: in a database against what was acknowledged. */
import type { Server } from './server.ts'

export interface Tally {
  readonly acknowledged: number
  readonly lost: number
  readonly duplicates: number
}

export async function tallyOf(server: Server, acknowledged: readonly number[]): Promise<Tally> {
  const rows = await server.root(session =>
    session.query('SELECT id, COUNT(*) AS n FROM app.t GROUP BY id', [], 60_000),
  )
  const found = new Map(rows.map(row => [Number(row['id']), Number(row['n'])]))
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter(id => !found.has(id)).length,
    duplicates: [...found.values()].filter(count => count > 1).length,
  }
}
