import { expect, it } from 'vitest'
import type { HealthOverview, ParticipantHealth } from '../protocol/protocol.gen'
import { person } from '../testing/room'
import { HealthBook, seesPoorly, strains } from './health'

const health = (participantId: string, over: Partial<ParticipantHealth> = {}): ParticipantHealth => ({
  participantId,
  quality: 'good',
  reception: 'full',
  roundTripMs: 40,
  lossDown: 0,
  lossUp: null,
  estimateKbps: 2_000,
  frozen: 0,
  bFrames: false,
  ...over,
})
const overview = (cannotSee: number): HealthOverview => ({
  participants: 2,
  excellent: 0,
  good: 2 - cannotSee,
  poor: cannotSee,
  lost: 0,
  cannotSee,
})

it('knows of everyone by what changed, and forgets who left', () => {
  let changes = 0
  const book = new HealthBook(
    () => (changes += 1),
    () => undefined,
  )
  const tell = (...participants: ParticipantHealth[]) =>
    book.hear({ event: 'health-changed', data: { participants, overview: overview(participants.length) } })
  expect(tell(health('ana'), health('ben'))).toBe(true)
  const before = book.view.people
  tell(health('ana', { quality: 'poor' }))
  expect(book.view.people.get('ana')?.quality).toBe('poor')
  expect(book.view.people.get('ben')?.quality).toBe('good')
  expect(before.get('ana')?.quality, 'a view does not change').toBe('good')
  expect(book.view.overview?.cannotSee).toBe(1)
  const left = {
    event: 'user-left' as const,
    data: { seq: 3, participantId: 'ana', reason: 'left' as const },
  }
  expect(book.hear(left), 'others want to know as well').toBe(false)
  expect([...book.view.people.keys()]).toEqual(['ben'])
  expect(changes).toBe(2)
})

it('says once that a stream has B-frames', () => {
  let said = 0
  const book = new HealthBook(
    () => undefined,
    () => (said += 1),
  )
  const tell = (bFrames: boolean) =>
    book.hear({
      event: 'health-changed',
      data: { participants: [health('obs', { bFrames })], overview: overview(0) },
    })
  for (const bFrames of [false, true, true]) tell(bFrames)
  expect(said).toBe(1)
  for (const bFrames of [false, true]) tell(bFrames)
  expect(said, 'they were turned off and on').toBe(2)
})

it('tells who hardly sees anything', () => {
  expect(seesPoorly(health('ana'))).toBe(false)
  expect(seesPoorly(health('ana', { reception: 'saver' }))).toBe(false)
  for (const over of [
    { quality: 'poor' },
    { quality: 'lost' },
    { reception: 'slides' },
    { reception: 'audio' },
  ] as const)
    expect(seesPoorly(health('ana', over))).toBe(true)
})

it('counts who has a hard time, tutors left aside', () => {
  const people = new Map(
    [
      health('tutor', { reception: 'audio' }),
      health('ana', { quality: 'poor', reception: 'audio' }),
      health('ben', { reception: 'text' }),
      health('cleo', { reception: 'slides' }),
    ].map((one) => [one.participantId, one]),
  )
  const users = [person('tutor', { role: 'tutor' }), person('ana'), person('ben'), person('cleo')]
  expect(strains({ people, overview: { ...overview(2), lost: 1 } }, users)).toEqual({
    weak: 3,
    cannotSee: 2,
    of: 2,
    soundOnly: 2,
  })
  expect(strains({ people, overview: null }, users)).toEqual({ weak: 0, cannotSee: 0, of: 0, soundOnly: 0 })
})
