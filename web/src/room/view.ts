/** What the page shows of a session: one immutable value, made anew after each change. */
import type { Source } from '../protocol/protocol.gen'
import type { Notice } from './notices'
import type { Pending } from './outbox'
import type { RoomState } from './reducer'

/** Why one is not in the room any more. */
export type EndReason = 'left' | 'removed' | 'ended' | 'replaced' | 'full' | 'refused'

export interface End {
  reason: EndReason
  message: string
}

export interface SessionView {
  /** `waiting`: the class is not live yet. */
  phase: 'connecting' | 'waiting' | 'room' | 'left'
  end: End | null
  room: RoomState | null
  selfId: string | null
  mayPublish: readonly Source[]
  /** The socket has been away long enough to say so. */
  isAway: boolean
  audioOnly: boolean
  on: Readonly<Record<Source, boolean>>
  switching: ReadonlySet<Source>
  pending: readonly Pending[]
  notices: readonly Notice[]
  /** Grows with each new media connection: streams have to be looked up anew. */
  mediaEpoch: number
}
