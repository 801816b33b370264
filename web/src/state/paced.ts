/** What changes often is shown often enough: at once, and then at most every so many ms. */

/** More often than this nobody sees, and a slow phone lays out no faster. */
const PACE_MS = 50

export interface Paced<T> {
  (value: T): void
  /** What still waits is not shown any more. */
  stop(): void
}

/** Calls `show` at once after a pause; of what comes soon after it only the last, when `pace` ms are over. */
export function paced<T>(show: (value: T) => void, pace = PACE_MS): Paced<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let waiting: { value: T } | null = null

  function rest() {
    timer = setTimeout(() => {
      timer = undefined
      if (!waiting) return
      const { value } = waiting
      waiting = null
      rest()
      show(value)
    }, pace)
  }

  return Object.assign(
    (value: T) => {
      if (timer !== undefined) waiting = { value }
      else {
        rest()
        show(value)
      }
    },
    {
      stop: () => {
        clearTimeout(timer)
        timer = undefined
        waiting = null
      },
    },
  )
}
