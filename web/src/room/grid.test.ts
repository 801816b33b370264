import { expect, it } from 'vitest'
import { gridShape, type GridInput } from './grid'

const shape = (over: Partial<GridInput>) => {
  const { columns, rows, perPage, hasSelf } = gridShape({
    width: 1240,
    height: 660,
    others: 1,
    pictures: 0,
    lines: 9,
    ...over,
  })
  return `${String(columns)}x${String(rows)} ${String(perPage)}${hasSelf ? '+1' : ''}`
}

it.each([
  [{ others: 0 }, '1x1 24+1'],
  [{ others: 1 }, '2x1 24+1'],
  [{ others: 3 }, '2x2 24+1'],
  [{ others: 5 }, '3x2 24+1'],
  [{ others: 8 }, '3x3 24+1'],
  [{ others: 40 }, '5x5 24+1'],
])('takes no more room than people need: %o', (over, expected) => {
  expect(shape(over)).toBe(expected)
})

it.each([
  [{ width: 1000 }, '4x4 15+1'],
  [{ width: 720 }, '3x3 8+1'],
  [{ width: 600, height: 500 }, '2x2 3+1'],
  [{ width: 500, height: 300 }, '2x1 2'],
  [{ width: 374, height: 640 }, '1x2 2'],
  [{ width: 374, height: 640, others: 0 }, '1x1 1+1'],
  [{ width: 374, height: 640, others: 1 }, '1x1 2'],
])('fits the room there is: %o', (over, expected) => {
  expect(shape({ others: 40, ...over })).toBe(expected)
})

it('has no more pictures on a page than can come', () => {
  expect(shape({ others: 20, pictures: 9 })).toBe('5x5 24+1')
  expect(shape({ others: 20, pictures: 10 })).toBe('4x3 9+1')
})

it('has no tiles too low to see anybody', () => {
  expect(shape({ width: 1240, height: 300, others: 40 })).toBe('3x3 8+1')
})

it('has a tile where there is no room at all', () => {
  expect(shape({ width: 0, height: 0, others: 4 })).toBe('2x1 2')
})
