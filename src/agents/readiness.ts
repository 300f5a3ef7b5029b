/** What would keep a resource that does not run here from starting here, or have it started behind our back. */
export interface Hindrance {
  /** error: a start here would fail now. warning: it may, or somebody else may start it. */
  readonly level: 'error' | 'warning'
  /** What is wrong, and what to do about it. */
  readonly text: string
}

export const cannot = (text: string): Hindrance => ({ level: 'error', text })
export const might = (text: string): Hindrance => ({ level: 'warning', text })
