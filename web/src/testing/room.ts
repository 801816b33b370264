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
    roomId: 'chat-1',
    seq: 1,
    changedSeq: over.seq ?? 1,
    userId: 'user-ana',
    participantId: 'ana',
    name: 'Ana',
    role: 'student',
    type: 'chat',
    kind: 'text',
    text: `text of ${id}`,
    language: null,
    replyTo: null,
    replyCount: 0,
    mentions: [],
    mentionsAll: false,
    attachments: [],
    reactions: [],
    isPinned: false,
    sentAt: '2026-01-01T10:05:00Z',
    editedAt: null,
    deletedAt: null,
    isModerated: false,
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
    activeSpeakerId: null,
    policy,
    polls: [],
    ending: null,
    ...over,
  }
}
