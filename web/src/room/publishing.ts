/** What one may publish: by one's role, the room's policy and the exceptions made for one. The server decides; this
 * only tells beforehand. */
import type { Source } from '../protocol/protocol.gen'
import type { RoomState } from './reducer'

export interface Publishing {
  /** Locks left aside. */
  readonly may: readonly Source[]
  /** May not be on just now. */
  readonly locked: ReadonlySet<Source>
  /** A tutor lets one speak, until the hand is lowered. */
  readonly isAnswered: boolean
}

export const NOTHING: Publishing = { may: [], locked: new Set(), isAnswered: false }

export function lockReason(source: Source): string {
  if (source === 'mic') return 'The tutor has locked microphones'
  return source === 'camera' ? 'The tutor has locked cameras' : 'Sharing is not allowed now'
}

export function publishing(room: RoomState | null, selfId: string | null): Publishing {
  const self = room?.users.find((user) => user.id === selfId)
  if (!room || !self) return NOTHING
  const isAnswered = room.hands.some((hand) => hand.participantId === selfId && hand.isAnswered)
  if (self.role === 'tutor') return { may: ['mic', 'camera', 'screen'], locked: new Set(), isAnswered }
  const { policy } = room
  const locked = new Set<Source>()
  if (policy.micLocked && !isAnswered && !self.allowed.includes('mic')) locked.add('mic')
  if (policy.cameraLocked && !self.allowed.includes('camera')) locked.add('camera')
  const mayShare = policy.screenByStudents || self.allowed.includes('screen')
  return { may: mayShare ? ['mic', 'camera', 'screen'] : ['mic', 'camera'], locked, isAnswered }
}
