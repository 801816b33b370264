import { expect, it } from 'vitest'
import { duration, initials, participantCount, toneOf } from './names'

it('stands for a name by one or two letters', () => {
  expect(initials('Ana Lucía Pérez')).toBe('AP')
  expect(initials('žofia')).toBe('Ž')
  expect(initials('  ')).toBe('?')
  expect(initials('🎓 Bo')).toBe('🎓B')
})

it('keeps the tone of a person', () => {
  expect(toneOf('user-1')).toBe(toneOf('user-1'))
  expect(toneOf('')).toBeGreaterThanOrEqual(0)
})

it('counts people, also nobody', () => {
  expect([0, 1, 2].map(participantCount)).toEqual(['0 participants', '1 participant', '2 participants'])
})

it('tells a duration', () => {
  expect([0, 65_000, 600_000, 3_725_000, -5].map(duration)).toEqual([
    '0:00',
    '1:05',
    '10:00',
    '1:02:05',
    '0:00',
  ])
})
