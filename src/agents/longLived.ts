/** Children that live as long as the daemon: `ip -batch`, `ip monitor`, the frame sender. */
import { spawn } from 'node:child_process'
import type { Clock } from './clock.ts'
import { fixedEnvironment } from './environment.ts'

export interface Child {
  write(text: string): void
  /** SIGKILL: what it has not read will not be done. */
  kill(): void
}

export interface ChildEvents {
  /** A line of standard output, without its end. */
  line(text: string): void
  /** A line of standard error. */
  complaint(text: string): void
  /** Called once, whatever the reason; `missing` when the program is not installed. */
  ended(why: string, missing: boolean): void
}

export type SpawnChild = (file: string, args: readonly string[], events: ChildEvents) => Child

export interface Answer {
  readonly lines: readonly string[]
  /** Standard error; may still grow for a moment after the answer, as it comes another way. */
  readonly complaints: readonly string[]
}

export interface NoAnswer {
  readonly noAnswer: string
}

export interface LongLived {
  /** Writes the text and collects lines up to the one that `isLast` accepts. Questions wait their turn. */
  ask(text: string, isLast: (line: string) => boolean): Promise<Answer | NoAnswer>
  /** Starts it if it is not running. */
  wake(): void
  readonly missing: boolean
  close(): void
}

export interface LongLivedOptions {
  readonly file: string
  readonly args: readonly string[]
  readonly clock: Clock
  readonly spawnChild?: SpawnChild
  /** No last line within this time: the child is killed, the next question starts another. */
  readonly answerWithinMs?: number
  /** After this many answers a fresh one takes its place: `ip -batch` keeps some memory of every line for ever. */
  readonly freshAfter?: number
  /** Lines that come unasked. */
  readonly onLine?: (line: string) => void
  /** Every line of standard error; the last may come after the end. */
  readonly onComplaint?: (line: string) => void
  /** Start it again when it ends, and say so; otherwise the next question does. */
  readonly always?: boolean
  readonly onEnd?: (why: string) => void
}

/** Starts allowed at once; above that, one more each second. */
const burst = 5
const refillMs = 1_000
/** An answer may have arrived while we ourselves were late: look once more before accusing. */
const secondLookMs = 20

interface Question {
  readonly isLast: (line: string) => boolean
  readonly lines: string[]
  readonly complaints: string[]
  readonly settle: (answer: Answer | NoAnswer) => void
}

export function longLived(options: LongLivedOptions): LongLived {
  const { file, args, clock, answerWithinMs = 200, spawnChild = realChild } = options
  let child: Child | undefined
  let question: Question | undefined
  let queue: Promise<unknown> = Promise.resolve()
  let missing = false
  let closed = false
  let answers = 0
  let tokens = burst
  let tokensAtMs = clock.nowMs()
  let cancelRestart = (): void => {}

  function mayStart(): boolean {
    const gained = Math.floor((clock.nowMs() - tokensAtMs) / refillMs)
    tokens = Math.min(burst, tokens + gained)
    tokensAtMs += gained * refillMs
    if (tokens < 1) return false
    tokens -= 1
    return true
  }

  function start(): Child | undefined {
    if (child || closed || missing || !mayStart()) return child
    const mine: Child = spawnChild(file, args, {
      line(text) {
        if (child !== mine) return
        if (!question) return options.onLine?.(text)
        question.lines.push(text)
        if (question.isLast(text)) question.settle({ lines: question.lines, complaints: question.complaints })
      },
      complaint(text) {
        if (child === mine) question?.complaints.push(text)
        options.onComplaint?.(text)
      },
      ended(why, notThere) {
        if (child !== mine) return
        child = undefined
        missing ||= notThere
        ended(why)
      },
    })
    child = mine
    answers = 0
    return mine
  }

  /** Between two questions, so that no question waits for a start. */
  function replaceOld(): void {
    answers += 1
    if (options.freshAfter === undefined || answers < options.freshAfter) return
    const old = child
    child = undefined
    old?.kill()
    start()
  }

  function ended(why: string): void {
    question?.settle({ noAnswer: `${file} ${why}` })
    if (closed) return
    options.onEnd?.(why)
    if (!options.always || missing) return
    cancelRestart()
    cancelRestart = clock.after(tokens > 0 ? 0 : refillMs, () => wake())
  }

  function wake(): void {
    if (!start() && options.always && !closed && !missing) cancelRestart = clock.after(refillMs, () => wake())
  }

  function put(text: string, isLast: (line: string) => boolean): Promise<Answer | NoAnswer> {
    const writer = start()
    if (!writer) {
      const why = closed
        ? 'is closed'
        : missing
          ? 'is not installed'
          : `ended ${burst} times in a row, waiting a second`
      return Promise.resolve({ noAnswer: `${file} ${why}` })
    }
    return new Promise(resolve => {
      let cancel = (): void => {}
      question = {
        isLast,
        lines: [],
        complaints: [],
        settle(answer) {
          cancel()
          question = undefined
          resolve(answer)
          if (!('noAnswer' in answer)) replaceOld()
        },
      }
      const mine = question
      const accuse = (): void => {
        if (question !== mine) return
        child = undefined
        writer.kill()
        ended(`did not answer within ${answerWithinMs} ms, killed`)
      }
      cancel = clock.after(answerWithinMs - secondLookMs, () => {
        cancel = clock.after(secondLookMs, accuse)
      })
      writer.write(text)
    })
  }

  return {
    ask(text, isLast) {
      const answer = queue.then(() => put(text, isLast))
      queue = answer
      return answer
    },
    wake,
    get missing() {
      return missing
    },
    close() {
      closed = true
      cancelRestart()
      const last = child
      child = undefined
      last?.kill()
      question?.settle({ noAnswer: `${file} is closed` })
    },
  }
}

/** A line longer than this is no answer to anything we ask. */
const longestLine = 16 * 1024 * 1024

export const realChild: SpawnChild = (file, args, events) => {
  // Detached: a Ctrl-C at the daemon's terminal must not reach it. It ends with its standard input.
  const child = spawn(file, [...args], { stdio: 'pipe', cwd: '/', env: fixedEnvironment(), detached: true })
  let over = false
  const end = (why: string, missing = false): void => {
    if (over) return
    over = true
    events.ended(why, missing)
  }
  splitLines(child.stdout, events.line, () => child.kill('SIGKILL'))
  splitLines(child.stderr, events.complaint, () => child.kill('SIGKILL'))
  child.stdin.on('error', () => child.kill('SIGKILL'))
  child.on('error', (error: NodeJS.ErrnoException) => end(error.message, error.code === 'ENOENT'))
  child.on('exit', (code, signal) => end(signal ? `was killed by ${signal}` : `ended with exit code ${code}`))
  return { write: text => void child.stdin.write(text), kill: () => void child.kill('SIGKILL') }
}

function splitLines(stream: NodeJS.ReadableStream, line: (text: string) => void, tooLong: () => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('error', () => {})
  stream.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) line(part)
    if (rest.length > longestLine) tooLong()
  })
}
