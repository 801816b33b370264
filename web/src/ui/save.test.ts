import { expect, it } from 'vitest'
import { fileName } from './save'

it('names files so that every system takes them', () => {
  expect(fileName('Maths 7b: “roster”/../x', '.csv')).toBe('Maths-7b-roster-x.csv')
  expect(fileName('🎉', '.csv')).toBe('podium.csv')
  expect(fileName('गणित', '.csv'), 'with its vowels').toBe('गणित.csv')
  expect(fileName('数学', '.ics')).toBe('数学.ics')
})
