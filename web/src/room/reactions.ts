/** Feelings shown to everyone for a moment: how many of each came just now. */
import type { ReactionCount } from '../protocol/protocol.gen'
import type { RoomEvent } from './reducer'

export interface ReactionBurst {
  id: number
  counts: readonly ReactionCount[]
}

/** Bursts that are kept for the page to show. */
const MOST = 8

export class Reactions {
  private bursts: readonly ReactionBurst[] = []
  private lastId = 0

  constructor(private readonly onChange: () => void) {}

  get view(): readonly ReactionBurst[] {
    return this.bursts
  }

  /** True for what was a reaction. */
  hear({ event, data }: RoomEvent): boolean {
    if (event !== 'reactions') return false
    this.bursts = [...this.bursts, { id: ++this.lastId, counts: data.counts }].slice(-MOST)
    this.onChange()
    return true
  }
}
