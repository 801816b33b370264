/** Whether a mic gives nothing at all: muted at the device, or the wrong one. */

/** Below this on the level bar nothing was said. */
const FLOOR = 0.04
/** A person who has just switched the mic on is given so long to speak, ms. */
export const SILENT_AFTER_MS = 5_000

export class SilenceWatch {
  private since: number | null = null

  /** Takes the level (0 to 1) at a time, ms; answers whether nothing came for long. */
  hear(level: number, now: number): boolean {
    if (level > FLOOR) this.since = null
    else this.since ??= now
    return this.since !== null && now - this.since >= SILENT_AFTER_MS
  }
}
