/**
 * Notices that sound and pictures, which came steadily, come no more. A browser takes up to six seconds to see that its
 * network is gone; this takes less than one. It proves nothing: who spoke may just have stopped.
 */

/** How often to look, ms. */
export const LOOK_EVERY_MS = 250
/** After so many ms with nothing a flow has ceased. */
export const CEASED_AFTER_MS = 750
/** A flow is one that went on for so many ms. */
const STEADY_AFTER_MS = 2_000
/** Looks that are farther apart (a hidden page, a sleeping device) say nothing. */
const LONGEST_LOOK_MS = 2 * LOOK_EVERY_MS

export class Arrivals {
  private stamp: number | null = null
  private lookedAt = -Infinity
  private flowsSince = 0
  private arrivedAt = 0
  private isFlowing = false

  /** `stamp` is the time of the last arrival, whatever its clock. True once, when a steady flow has ceased. */
  look(stamp: number | null, now: number): boolean {
    const isLate = now - this.lookedAt > LONGEST_LOOK_MS
    this.lookedAt = now
    if (stamp !== this.stamp || isLate) {
      if (!this.isFlowing || isLate) this.flowsSince = now
      this.isFlowing = stamp !== null
      this.stamp = stamp
      this.arrivedAt = now
      return false
    }
    if (!this.isFlowing || now - this.arrivedAt < CEASED_AFTER_MS) return false
    this.isFlowing = false
    return this.arrivedAt - this.flowsSince >= STEADY_AFTER_MS
  }
}
