import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Hand, Participant, RoomPolicy, WaitingPerson } from '../protocol/protocol.gen'
import { serverClock } from '../protocol/clock'
import { person, policy, snapshot } from '../testing/room'
import { Notifier } from './notifier'
import { fromSnapshot, reduce, type RoomEvent, type RoomState } from './reducer'
import { bare } from '../testing/text'

const emmy = person('emmy', { role: 'tutor' })
const ana = person('ana')
const ben = person('ben')

const hand = (participantId: string, isAnswered = false): Hand => ({
  participantId,
  raisedAt: '2026-01-01T10:00:00Z',
  isAnswered,
})
const waiting = (participantId: string): WaitingPerson => ({
  participantId,
  userId: `user-${participantId}`,
  name: participantId,
  role: 'guest',
  since: '2026-01-01T10:00:00Z',
})

describe('Notifier', () => {
  let notifier: Notifier
  let room: RoomState
  let acted: unknown[]
  let calls: string[]
  let shown: number

  beforeEach(() => {
    vi.useFakeTimers()
    acted = []
    calls = []
    shown = 0
    notifier = new Notifier(() => undefined, { act: (event, data) => acted.push([event, data]) })
    notifier.call = (text) => calls.push(bare(text))
    notifier.showPeople = () => (shown += 1)
    room = fromSnapshot(snapshot({ existingUsers: [emmy, ana, ben] }), [])
  })
  afterEach(() => {
    notifier.close()
    vi.useRealTimers()
  })

  const texts = () => notifier.notices.map((notice) => bare(notice.text))
  const hear = (event: RoomEvent, selfId: string) => {
    const before = room
    room = reduce(before, event)
    notifier.onEvent(before, event, selfId)
  }
  const hands = (selfId: string, ...all: Hand[]) => {
    hear({ event: 'hands-changed', data: { seq: room.seq + 1, hands: all } }, selfId)
  }
  const allow = (selfId: string, over: Partial<RoomPolicy>) => {
    const data = { seq: room.seq + 1, policy: { ...policy, ...over }, byName: 'Emmy' }
    hear({ event: 'room-policy-changed', data }, selfId)
  }

  it('calls a tutor when hands go up, and offers to let one speak', () => {
    hands('emmy', hand('ana'))
    expect(texts()).toEqual(['Ana raised a hand'])
    notifier.notices[0]?.action?.run()
    expect(acted).toEqual([['let-speak', { participantId: 'ana' }]])
    hands('emmy', hand('ana'), hand('ben'))
    expect(calls).toEqual(['Ana raised a hand', 'Ana and Ben raised a hand'])
    notifier.notices[0]?.action?.run()
    expect(shown).toBe(1)
    hands('emmy', hand('ana', true), hand('ben'))
    expect(texts(), 'nothing is to be done about Ana any more').toEqual(['Ben raised a hand'])
    hands('emmy')
    expect(texts()).toEqual([])
  })

  it('tells a student the place in the queue, and when the turn is over', () => {
    hands('ben', hand('ana'))
    expect(texts(), 'others’ hands are not a student’s business').toEqual([])
    hands('ben', hand('ana'), hand('ben'))
    hands('ben', hand('ben'))
    expect(texts()).toEqual(['Your hand is up: you are number 2', 'You are next'])
    allow('ben', { micLocked: true })
    hands('ben', hand('ben', true))
    hands('ben')
    expect(texts().at(-1)).toBe('Your turn to speak is over: your microphone is locked again')
    expect(calls).toEqual([])
  })

  it('calls a tutor to the door, and offers to let one in', () => {
    const come = (...people: WaitingPerson[]) => {
      hear({ event: 'waiting-changed', data: { people } }, 'emmy')
    }
    come(waiting('Gus'))
    expect(texts()).toEqual(['Gus waits to be let in'])
    notifier.notices[0]?.action?.run()
    expect(acted).toEqual([['admit', { participantId: 'Gus' }]])
    come(waiting('Gus'), waiting('Hal'), waiting('Ida'))
    expect(texts()).toEqual(['3 people wait to be let in'])
    come()
    expect(texts()).toEqual([])
  })

  it('tells those concerned what the room allows', () => {
    allow('ana', { micLocked: true, chatLocked: true })
    expect(texts()).toEqual(['Emmy locked microphones', 'Emmy locked the chat'])
    allow('ana', { screenByStudents: true, chatLocked: true })
    expect(texts().slice(-2)).toEqual(['Emmy unlocked microphones', 'Emmy lets everyone share the screen'])
    const before = texts().length
    allow('emmy', { cameraLocked: true })
    expect(texts()).toHaveLength(before)
  })

  it('tells somebody who leads the class now', () => {
    const become = (role: Participant['role']) => {
      hear({ event: 'user-updated', data: { seq: room.seq + 1, user: { ...ana, role } } }, 'ana')
    }
    become('tutor')
    become('student')
    expect(texts()).toEqual([
      'You lead this class too now: look into the Class menu',
      'You no longer lead this class',
    ])
  })

  it('takes notes away in time, also when the clock of the device is set meanwhile', () => {
    notifier.say('info', 'a word')
    vi.setSystemTime(Date.now() - 3_600_000)
    vi.advanceTimersByTime(6_000)
    expect(texts()).toEqual([])
  })

  it('counts the minutes to the end by the clock of the server', () => {
    const now = Date.now() - 3_600_000
    serverClock.heard(new Date(now).toISOString(), Date.now())
    const at = new Date(now + 5 * 60_000).toISOString()
    hear({ event: 'session-ending-soon', data: { seq: room.seq + 1, at, reason: 'no-tutor' } }, 'ana')
    expect(texts()).toEqual(['The class ends in 5 minutes, unless a tutor comes'])
  })
})
