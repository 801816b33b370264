/**
 * Puts the numbered events of the room in order: applies what follows, drops what is known, holds what comes too
 * early and says when events are missing.
 */
import type { RoomEvent } from './reducer'

export interface Receipt {
  /** To be applied now, in this order. */
  apply: RoomEvent[]
  /** Events are missing: ask for them (`resync`). */
  gap: boolean
}

/** More than this held back means the answer that should fill the gap is not coming; a new gap is seen later. */
const MAX_HELD = 1000

/** The broadcasts of the room. Others that carry a `seq` count something else. */
const NUMBERED: ReadonlySet<RoomEvent['event']> = new Set<RoomEvent['event']>([
  'user-joined',
  'user-updated',
  'user-left',
  'participants-list',
  'hands-changed',
  'room-policy-changed',
  'poll-opened',
  'poll-closed',
  'session-ending-soon',
  'session-ending-cancelled',
])

/** The number of a broadcast; null for events to one client and for those that the next one replaces. */
function numberOf(event: RoomEvent): number | null {
  return NUMBERED.has(event.event) && 'seq' in event.data ? event.data.seq : null
}

export class Sequencer {
  private seq: number | null = null
  private held: RoomEvent[] = []

  /** The last number applied; null before the first snapshot. */
  get lastSeq(): number | null {
    return this.seq
  }

  receive(event: RoomEvent): Receipt {
    const number = numberOf(event)
    if (this.seq === null) return this.hold(event)
    if (number === null) return { apply: [event], gap: false }
    if (number <= this.seq) return { apply: [], gap: false }
    if (number > this.seq + 1) return { ...this.hold(event), gap: true }
    this.seq = number
    return { apply: [event, ...this.drain()], gap: false }
  }

  /** The room is now true at `seq`, by a snapshot or by missed events; answers what was held and comes after. */
  advanceTo(seq: number): Receipt {
    this.seq = seq
    const apply = this.drain()
    return { apply, gap: this.held.length > 0 }
  }

  private hold(event: RoomEvent): Receipt {
    if (this.held.length >= MAX_HELD) this.held = []
    this.held.push(event)
    return { apply: [], gap: false }
  }

  /** Takes out of the held events all that can be applied, and forgets those already known. */
  private drain(): RoomEvent[] {
    const apply: RoomEvent[] = []
    const rest: RoomEvent[] = []
    for (const event of this.held.sort((a, b) => (numberOf(a) ?? 0) - (numberOf(b) ?? 0))) {
      const number = numberOf(event)
      const next: number = (this.seq ?? 0) + 1
      if (number === null) apply.push(event)
      else if (number === next) {
        this.seq = number
        apply.push(event)
      } else if (number > next) rest.push(event)
    }
    this.held = rest
    return apply
  }
}
