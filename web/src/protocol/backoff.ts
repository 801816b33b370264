/** When to ask again what was not answered. Chance is handed in. */
export interface BackoffOptions {
  /** First delay, ms. */
  base: number
  /** Largest delay, ms. */
  max: number
  /** Share of a delay that chance may take off, 0 to 1, so that a class does not come back in one instant. */
  jitter: number
}

/** Exponential delays with jitter. */
export class Backoff {
  private attempt = 0

  constructor(
    private readonly options: BackoffOptions,
    private readonly random: () => number = Math.random,
  ) {}

  /** The next delay in ms. */
  next(): number {
    const { base, max, jitter } = this.options
    const full = Math.min(max, base * 2 ** this.attempt)
    if (full < max) this.attempt += 1
    return Math.round(full * (1 - jitter * this.random()))
  }

  reset(): void {
    this.attempt = 0
  }
}
