/** When to try again, and when a media connection counts as lost. Decides only: time and chance are handed in. */

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

/** `disconnected` often heals by itself; after this many ms it does not count as healing any more. */
export const DISCONNECTED_GRACE_MS = 4_000
/** A connection that never came up is given up after this many ms. */
export const CONNECTING_GRACE_MS = 10_000

/** After how many ms in this state a connection has to be replaced; 0 at once, null never. */
export function graceOf(state: RTCPeerConnectionState): number | null {
  switch (state) {
    case 'connected':
      return null
    case 'disconnected':
      return DISCONNECTED_GRACE_MS
    case 'new':
    case 'connecting':
      return CONNECTING_GRACE_MS
    case 'failed':
    case 'closed':
      return 0
  }
}

/** True when media may go on as it is after the socket came back; `isKept`: the server still has it. */
export function mediaSurvives(state: RTCPeerConnectionState | null, isKept: boolean): boolean {
  return isKept && (state === 'connected' || state === 'connecting' || state === 'disconnected')
}
