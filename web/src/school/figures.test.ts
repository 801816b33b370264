import { expect, it } from 'vitest'
import type { PersonAttendance, SessionAttendance } from '../protocol/protocol.gen'
import { activityText, lengthText, peak, percent, presence, scale } from './figures'

const START = Date.parse('2026-03-10T09:00:00Z')
const at = (minute: number) => new Date(START + minute * 60_000).toISOString()

const person = (name: string, ...intervals: [number, number][]): PersonAttendance => ({
  userId: name,
  name,
  role: 'student',
  intervals: intervals.map(([from, to]) => ({ joinedAt: at(from), leftAt: at(to) })),
  presentSeconds: 0,
  share: 0,
  lateSeconds: null,
  leftEarlySeconds: null,
  connections: 1,
  talkSeconds: 0,
  messages: 0,
  questions: 0,
  answers: 0,
  handsRaised: 0,
  reactions: 0,
  pollVotes: 0,
})
const session = (...people: PersonAttendance[]): SessionAttendance => ({
  sessionId: 's',
  startedAt: at(0),
  endedAt: at(60),
  durationSeconds: 3600,
  peakParticipants: 2,
  people,
  absent: [],
})

it('counts who was there, moment by moment', () => {
  const points = presence(session(person('ada', [0, 30], [40, 60]), person('ben', [30, 90])))
  expect(points).toEqual([
    { at: 0, count: 1 },
    { at: 1800, count: 1 },
    { at: 2400, count: 2 },
    { at: 3600, count: 0 },
  ])
  expect(peak(points)).toEqual({ at: 2400, count: 2 })
  expect(presence(session())).toEqual([{ at: 0, count: 0 }])
})

it('says lengths and shares as people do', () => {
  expect([lengthText(30), lengthText(2700), lengthText(3900), lengthText(3600)]).toEqual([
    '30 sec',
    '45 min',
    '1 hr 5 min',
    '1 hr',
  ])
  expect(percent(0.874)).toBe('87%')
  expect(activityText({ ...person('ada'), messages: 1, handsRaised: 2 })).toBe('1 message, 2 hands')
})

it('has scales with few and round marks', () => {
  expect(scale(3)).toEqual([0, 1, 2, 3])
  expect(scale(37)).toEqual([0, 10, 20, 30, 40])
  expect(scale(0)).toEqual([0, 1])
})
