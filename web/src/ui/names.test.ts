import { expect, it } from 'vitest'
import { COLORS, colorOf, duration, initials, participantCount } from './names'

it('stands for a name by one or two letters', () => {
  expect(initials('Ana Lucía Pérez')).toBe('AP')
  expect(initials('žofia')).toBe('Ž')
  expect(initials('  ')).toBe('?')
  expect(initials('🎓 Bo')).toBe('🎓B')
})

/** Of white on a color: WCAG 2, 1.4.3. */
function contrast(color: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)
}

it('keeps the color of a person, and uses all of them', () => {
  expect(colorOf('user-1')).toBe(colorOf('user-1'))
  expect(COLORS).toContain(colorOf(''))
  const used = new Set(Array.from({ length: 500 }, (_, n) => colorOf(`user-${String(n)}`)))
  expect(used.size).toBe(COLORS.length)
})

it('has colors on which white can be read', () => {
  expect(Math.min(...COLORS.map(contrast))).toBeGreaterThanOrEqual(4.5)
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
