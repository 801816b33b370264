/** What the page shows of a session: one immutable value, made anew after each change. */
import type { Pending } from '../chat/outbox'
import type { ChatMessage, Source } from '../protocol/protocol.gen'
import type { Away } from './entry'
import type { Notice } from './notices'
import type { CaptionLine } from './captions'
import type { PollsView } from './polls'
import type { ReactionBurst } from './reactions'
import type { ReceptionView } from './reception'
import type { RoomState } from './reducer'

/** Why one is not in the room any more. */
export type EndReason = 'left' | 'removed' | 'ended' | 'replaced' | 'full' | 'locked' | 'denied' | 'refused'

const REMOVALS: readonly EndReason[] = ['removed', 'ended', 'replaced', 'denied']

/** Why the server sent one away; what a newer one has besides is told in its own words. */
export const removalOf = (reason: string): EndReason => REMOVALS.find((one) => one === reason) ?? 'refused'

export type WaitingFor = 'start' | 'admission'

export interface End {
  reason: EndReason
  message: string
}

export interface SessionView {
  /** `waiting`: the class is not live yet, or a tutor has to let one in. */
  phase: 'connecting' | 'waiting' | 'room' | 'left'
  waitingFor: WaitingFor
  end: End | null
  room: RoomState | null
  messages: readonly ChatMessage[]
  selfId: string | null
  /** Locks left aside. */
  mayPublish: readonly Source[]
  /** What a tutor has locked for one now. */
  locked: ReadonlySet<Source>
  /** The tutor who lets one speak, until one does, declines, or the turn is over. */
  offer: string | null
  /** How long the socket has been away. */
  away: Away
  /** Sound and pictures have stopped for the moment: what is shown stands still. */
  isMediaAway: boolean
  /** The server takes no more media connections: one is in the room, and neither sees nor hears it. */
  isServerFull: boolean
  reception: ReceptionView
  on: Readonly<Record<Source, boolean>>
  switching: ReadonlySet<Source>
  pending: readonly Pending[]
  notices: readonly Notice[]
  polls: PollsView
  reactions: readonly ReactionBurst[]
  captions: readonly CaptionLine[]
  /** Grows with each new media connection: streams have to be looked up anew. */
  mediaEpoch: number
}
