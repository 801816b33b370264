/** Small real rooms, for tests. */
import type { ChatMessage, LiveClass, Participant, RoomPolicy, RoomSnapshot } from '../protocol/protocol.gen'

export function person(id: string, over: Partial<Participant> = {}): Participant {
  return {
    id,
    socketId: `socket-${id}`,
    userId: `user-${id}`,
    name: id.charAt(0).toUpperCase() + id.slice(1),
    role: 'student',
    isAudioOn: false,
    isVideoOn: false,
    isScreenOn: false,
    isHandRaised: false,
    isReconnecting: false,
    allowed: [],
    joinedAt: '2026-01-01T10:00:00Z',
    ...over,
  }
}

export const liveClass: LiveClass = {
  id: 'demo',
  courseId: 'course',
  sectionId: null,
  title: 'Physics',
  description: '',
  type: 'lecture',
  status: 'live',
  scheduledAt: null,
  durationMinutes: null,
  maxParticipants: null,
  waitingRoom: false,
  autoStart: false,
  recording: false,
  seriesId: null,
  createdBy: null,
  cancelReason: null,
  sessionId: 'session-1',
  startedAt: '2026-01-01T10:00:00Z',
  endedAt: null,
  participantCount: 0,
}

export function message(id: string, over: Partial<ChatMessage> = {}): ChatMessage {
  return {
    id,
    participantId: 'ana',
    name: 'Ana',
    role: 'student',
    type: 'chat',
    text: `text of ${id}`,
    sentAt: '2026-01-01T10:05:00Z',
    ...over,
  }
}

export const policy: RoomPolicy = {
  micLocked: false,
  cameraLocked: false,
  screenByStudents: false,
  isLocked: false,
  waitingRoom: 'off',
  chatLocked: false,
}

export function snapshot(over: Partial<RoomSnapshot> = {}): RoomSnapshot {
  return {
    sessionId: 'session-1',
    liveClass,
    seq: 10,
    existingUsers: [],
    hands: [],
    messages: [],
    activeSpeakerId: null,
    policy,
    polls: [],
    ending: null,
    ...over,
  }
}
