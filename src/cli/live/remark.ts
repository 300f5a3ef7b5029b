/** One thing to say of this host, or of how it differs from another: what `check --live` has among its `findings`. */
export interface Remark {
  /** A note is told and counts for nothing. */
  readonly level: 'error' | 'warning' | 'note'
  readonly text: string
}
