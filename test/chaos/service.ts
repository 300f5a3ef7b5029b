/** The service manager of all nodes: starts tandemd again 100 ms after each end, as long as it is wanted. */
import { signal, until } from '../../bench/shell.ts'
import { ended, type NodeLab, pidOf, startDaemon, type TestNode } from '../integration/nodeLab.ts'

export interface Service {
  on(node: TestNode): void
  /** Ends nothing; what ends by itself is not started again. */
  off(node: TestNode): void
  wants(node: TestNode): boolean
  /** SIGTERM, and the end of both processes. */
  stop(node: TestNode): Promise<void>
}

const restartMs = 100
const patienceMs = 20_000

export function startService(lab: NodeLab): Service {
  const wanted = new Set<TestNode>()
  function launch(node: TestNode): void {
    const daemon = startDaemon(lab, node)
    daemon.once('exit', () => {
      setTimeout(() => {
        if (wanted.has(node) && node.host.power && node.daemon === daemon) launch(node)
      }, restartMs)
    })
  }
  return {
    on(node) {
      if (wanted.has(node)) return
      wanted.add(node)
      launch(node)
    },
    off: node => void wanted.delete(node),
    wants: node => wanted.has(node),
    async stop(node) {
      wanted.delete(node)
      const daemon = node.daemon!
      await until(`a manager to stop on ${node.name}`, patienceMs, () => {
        return pidOf(node, 'tandemd') !== undefined || daemon.exitCode !== null
      })
      const pid = pidOf(node, 'tandemd')
      if (pid !== undefined) signal(pid, 'SIGTERM')
      await inTime(`the end of the manager on ${node.name}`, ended(daemon))
      await until(`the end of the beat on ${node.name}`, patienceMs, () => pidOf(node, 'beat') === undefined)
    },
  }
}

/** A promise that is not waited for longer than anyone should. */
export async function inTime<T>(what: string, promise: Promise<T>, limitMs = patienceMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${limitMs / 1000} s in vain: ${what}`)), limitMs)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
