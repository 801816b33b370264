/**
 * Finds out soon that the way to the server is dead. A socket that lost its network says nothing for half a minute;
 * here it is asked when there is reason to doubt, and made anew when it does not answer.
 */
import { RequestError } from '../protocol/room-socket'

/** ms; a slow line answers within that time. */
export const ANSWER_WITHIN_MS = 1_000
/** After an answer there is no need to ask again for so many ms. */
export const TRUSTED_FOR_MS = 15_000

export interface LifelinePorts {
  /** Asks the server something cheap; rejects with `timeout` when no answer comes in so many ms. */
  ask(within: number): Promise<unknown>
  /** It does not answer: the way is dead. */
  onDead(): void
  /** ms */
  now?: () => number
}

export class Lifeline {
  private isAsking = false
  private answeredAt = -Infinity
  private readonly now: () => number

  constructor(private readonly ports: LifelinePorts) {
    this.now = ports.now ?? (() => performance.now())
  }

  /** There is some reason to doubt. */
  suspect(): void {
    if (this.now() - this.answeredAt > TRUSTED_FOR_MS) void this.check()
  }

  /** There is good reason to doubt: nothing comes or goes any more on another way. */
  async check(): Promise<void> {
    if (this.isAsking) return
    this.isAsking = true
    try {
      await this.ports.ask(ANSWER_WITHIN_MS)
      this.answeredAt = this.now()
    } catch (error) {
      if (error instanceof RequestError && error.code === 'timeout') this.ports.onDead()
    } finally {
      this.isAsking = false
    }
  }
}
