import { expect, it } from 'vitest'
import { AROUND, spanOf } from './window'

const sight = (top: number, count = 500) => spanOf({ count, rowHeight: 60, top, height: 600 })

it('holds what is in sight and some rows around it', () => {
  expect(sight(0)).toEqual({ from: 0, to: 10 + AROUND })
  expect(sight(-6_000)).toEqual({ from: 100 - AROUND, to: 110 + AROUND })
  expect(sight(-29_400)).toEqual({ from: 490 - AROUND, to: 500 })
})

it('holds little of a list that is out of sight, and nothing of an empty one', () => {
  expect(sight(3_000).to).toBe(1)
  expect(sight(-90_000)).toEqual({ from: 499, to: 500 })
  expect(sight(0, 0)).toEqual({ from: 0, to: 0 })
})
