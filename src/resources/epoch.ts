/** Epochs order the moves of a group; a pair, so that two sides of a cut can never mint the same one. */
import type { Assignment, Epoch } from '../types.ts'

/** Below zero: `a` is older. Nodes compare by name, so every node compares alike. */
export function compareEpochs(a: Epoch, b: Epoch): number {
  if (a.counter !== b.counter) return a.counter - b.counter
  return a.minter === b.minter ? 0 : a.minter < b.minter ? -1 : 1
}

export const sameEpoch = (a: Epoch, b: Epoch): boolean => a.counter === b.counter && a.minter === b.minter

/**
 * The one that holds after two nodes have compared notes: `ours` (the same object) unless theirs is newer. A node that
 * has lost its state folder may mint an epoch a second time; then the owner decides, so that all come to the same.
 */
export function newer(ours: Assignment, theirs: Assignment): Assignment {
  const order = compareEpochs(theirs.epoch, ours.epoch)
  return order > 0 || (order === 0 && theirs.owner < ours.owner) ? theirs : ours
}
