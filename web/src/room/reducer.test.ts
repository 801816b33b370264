import { describe, expect, it } from 'vitest'
import { liveClass, person, snapshot } from '../testing/room'
import { fromSnapshot, reduce, type RoomEvent, type RoomState } from './reducer'

const tutor = person('tutor', { role: 'tutor', joinedAt: '2026-01-01T09:59:00Z' })
const ana = person('ana', { joinedAt: '2026-01-01T10:01:00Z' })
const ben = person('ben', { joinedAt: '2026-01-01T10:02:00Z' })
const room = fromSnapshot(snapshot({ existingUsers: [ana, tutor] }), [])

const ids = (state: RoomState) => state.users.map((user) => user.id)
const after = (...events: RoomEvent[]) => events.reduce(reduce, room)

describe('people', () => {
  it('are listed in the order of joining', () => {
    expect(ids(room)).toEqual(['tutor', 'ana'])
    expect(ids(after({ event: 'user-joined', data: { seq: 11, user: ben } }))).toEqual([
      'tutor',
      'ana',
      'ben',
    ])
  })

  it('are replaced as a whole when updated, and never doubled', () => {
    const state = after(
      { event: 'user-joined', data: { seq: 11, user: ana } },
      { event: 'user-updated', data: { seq: 12, user: { ...ana, isAudioOn: true } } },
    )
    expect(ids(state)).toEqual(['tutor', 'ana'])
    expect(state.users[1]?.isAudioOn).toBe(true)
    expect(state.seq).toBe(12)
  })

  it('take their hand and their voice with them when they leave', () => {
    const state = after(
      {
        event: 'hands-changed',
        data: { seq: 11, hands: [{ participantId: 'ana', raisedAt: ana.joinedAt, isAnswered: false }] },
      },
      { event: 'active-speaker', data: { participantId: 'ana' } },
      { event: 'user-left', data: { seq: 12, participantId: 'ana', reason: 'left' } },
    )
    expect(ids(state)).toEqual(['tutor'])
    expect(state.hands).toEqual([])
    expect(state.activeSpeakerId).toBeNull()
  })

  it('are exactly those of a whole list', () => {
    const state = after({ event: 'participants-list', data: { seq: 11, count: 1, users: [ben] } })
    expect(ids(state)).toEqual(['ben'])
  })

  it('do not come back by a greeting that is older than what is known', () => {
    const left = after({ event: 'user-left', data: { seq: 11, participantId: 'ana', reason: 'left' } })
    expect(ids(reduce(left, { event: 'existing-users', data: { seq: 10, users: [ana] } }))).toEqual(['tutor'])
    expect(ids(reduce(left, { event: 'existing-users', data: { seq: 11, users: [ben] } }))).toEqual([
      'tutor',
      'ben',
    ])
  })
})

describe('slots and the class', () => {
  it('keeps slots over a snapshot, since they belong to the media connection', () => {
    const slots = [{ mid: '3', kind: 'video' as const, participantId: 'tutor', source: 'camera' as const }]
    const state = after({ event: 'slots-changed', data: { slots } })
    expect(fromSnapshot(snapshot({ seq: 20 }), state.slots).slots).toEqual(slots)
  })

  it('follows its own live class only', () => {
    const ended = { ...liveClass, status: 'ended' as const }
    expect(
      after({ event: 'live-class-ended', data: { liveClass: ended, reason: 'tutor' } }).liveClass.status,
    ).toBe('ended')
    const other = { ...ended, id: 'other' }
    expect(
      after({ event: 'live-class-ended', data: { liveClass: other, reason: 'tutor' } }).liveClass.status,
    ).toBe('live')
  })
})
