/** Which rows of a long list have to be there: those in sight, and some around them. */

export interface Span {
  /** The first row, from 0. */
  readonly from: number
  /** The row after the last. */
  readonly to: number
}

export interface Sight {
  count: number
  rowHeight: number
  /** How far the list begins below the upper edge of what is in sight; negative when it was scrolled up. */
  top: number
  /** How much is in sight. */
  height: number
}

/** Rows beyond the edges, so that scrolling and the Tab key always find the next one. */
export const AROUND = 5

export function spanOf({ count, rowHeight, top, height }: Sight): Span {
  const first = Math.floor(-top / rowHeight) - AROUND
  const last = Math.ceil((height - top) / rowHeight) + AROUND
  const from = Math.min(Math.max(0, first), Math.max(0, count - 1))
  return { from, to: Math.max(Math.min(count, last), Math.min(count, from + 1)) }
}
