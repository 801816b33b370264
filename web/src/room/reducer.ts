/** The state of the room, as a pure function of a snapshot and the events that follow it. */
import type {
  Hand,
  LiveClass,
  MissedEvent,
  Participant,
  RoomPolicy,
  RoomSnapshot,
  SessionEnding,
  Slot,
  WaitingPerson,
} from '../protocol/protocol.gen'

/** One event of the server: live, replayed after a reconnect, or missed and fetched again. */
export type RoomEvent = MissedEvent

/** What came from the server, be it newer than this page: then nothing is sure of what it sent along. */
export function roomEvent(event: string, data: unknown): RoomEvent {
  return { event, data: typeof data === 'object' && data !== null ? data : {} } as RoomEvent
}

export interface RoomState {
  readonly sessionId: string
  readonly liveClass: LiveClass
  readonly seq: number
  /** Everyone in the room, oneself too, in the order of joining. */
  readonly users: readonly Participant[]
  /** First raised, first. */
  readonly hands: readonly Hand[]
  readonly activeSpeakerId: string | null
  readonly slots: readonly Slot[]
  readonly policy: RoomPolicy
  /** Who waits to be let in, first come, first; tutors alone know. */
  readonly waiting: readonly WaitingPerson[]
  /** It ends by itself at this time, unless a tutor comes. */
  readonly ending: SessionEnding | null
}

const byArrival = (a: Participant, b: Participant) =>
  Date.parse(a.joinedAt) - Date.parse(b.joinedAt) || (a.id < b.id ? -1 : 1)

const inOrder = (users: readonly Participant[]) => [...users].sort(byArrival)

function withUser(users: readonly Participant[], user: Participant): readonly Participant[] {
  const at = users.findIndex((other) => other.id === user.id)
  if (at < 0) return inOrder([...users, user])
  return users.with(at, user)
}

/** The room as the server described it; `slots` belong to the media connection and outlive a snapshot. */
export function fromSnapshot(snapshot: RoomSnapshot, slots: readonly Slot[]): RoomState {
  return {
    sessionId: snapshot.sessionId,
    liveClass: snapshot.liveClass,
    seq: snapshot.seq,
    users: inOrder(snapshot.existingUsers),
    hands: snapshot.hands,
    activeSpeakerId: snapshot.activeSpeakerId,
    slots,
    policy: snapshot.policy,
    waiting: [],
    ending: snapshot.ending,
  }
}

/** The room after one event. An event about somebody unknown changes nothing that must not change. */
export function reduce(state: RoomState, { event, data }: RoomEvent): RoomState {
  switch (event) {
    case 'existing-users':
      if (data.seq < state.seq) return state
      return { ...state, users: data.users.reduce(withUser, state.users) }
    case 'user-joined':
    case 'user-updated':
      return { ...state, seq: data.seq, users: withUser(state.users, data.user) }
    case 'user-left':
      return {
        ...state,
        seq: data.seq,
        users: state.users.filter((user) => user.id !== data.participantId),
        hands: state.hands.filter((hand) => hand.participantId !== data.participantId),
        activeSpeakerId: state.activeSpeakerId === data.participantId ? null : state.activeSpeakerId,
      }
    case 'participants-list':
      return { ...state, seq: data.seq, users: inOrder(data.users) }
    case 'hands-changed':
      return { ...state, seq: data.seq, hands: data.hands }
    case 'waiting-changed':
      return { ...state, waiting: data.people }
    case 'room-policy-changed':
      return { ...state, seq: data.seq, policy: data.policy }
    case 'session-ending-soon':
      return { ...state, seq: data.seq, ending: { at: data.at, reason: data.reason } }
    case 'session-ending-cancelled':
      return { ...state, seq: data.seq, ending: null }
    case 'poll-opened':
    case 'poll-closed':
      return { ...state, seq: data.seq }
    case 'slots-changed':
      return { ...state, slots: data.slots }
    case 'active-speaker':
      return { ...state, activeSpeakerId: data.participantId }
    case 'live-class-started':
    case 'live-class-ended':
      return data.liveClass.id === state.liveClass.id ? { ...state, liveClass: data.liveClass } : state
    default:
      return state
  }
}
