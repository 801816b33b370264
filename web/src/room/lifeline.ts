/**
 * Finds out soon that the way to the server is dead. A socket that lost its network says nothing for half a minute;
 * here it is asked when there is reason to doubt, and made anew when it does not answer.
 */
import { RequestError } from '../protocol/room-socket'

/** ms; a slow line answers within that time. */
export const ANSWER_WITHIN_MS = 1_200

export interface LifelinePorts {
  /** Asks the server something cheap; rejects with `timeout` when no answer comes in so many ms. */
  ask(within: number): Promise<unknown>
  reconnect(): void
}

export class Lifeline {
  private isAsking = false

  constructor(private readonly ports: LifelinePorts) {}

  /** There is reason to doubt: nothing comes any more on another way. */
  async check(): Promise<void> {
    if (this.isAsking) return
    this.isAsking = true
    try {
      await this.ports.ask(ANSWER_WITHIN_MS)
    } catch (error) {
      if (error instanceof RequestError && error.code === 'timeout') this.ports.reconnect()
    } finally {
      this.isAsking = false
    }
  }
}
