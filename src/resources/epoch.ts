/** Epochs order the moves of a group; a pair, so that two sides of a cut can never mint the same one. */
import type { Assignment, Epoch } from '../types.ts'

/** Below zero: `a` is older. Nodes compare by name, so every node compares alike. */
export function compareEpochs(a: Epoch, b: Epoch): number {
  if (a.counter !== b.counter) return a.counter - b.counter
  return a.minter === b.minter ? 0 : a.minter < b.minter ? -1 : 1
}

export const sameEpoch = (a: Epoch, b: Epoch): boolean => a.counter === b.counter && a.minter === b.minter

/** The one that holds after two nodes have compared notes: `ours` (the same object) unless theirs is newer. */
export const newer = (ours: Assignment, theirs: Assignment): Assignment =>
  compareEpochs(theirs.epoch, ours.epoch) > 0 ? theirs : ours
