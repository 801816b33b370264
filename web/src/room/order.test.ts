import { describe, expect, it } from 'vitest'
import { afterSpeaking, MOST_RECENT, steady } from './order'

describe('steady places', () => {
  it('begin in the wanted order', () => {
    expect(steady([], ['a', 'b', 'c'], 2)).toEqual(['a', 'b', 'c'])
  })

  it('stay when the order changes among those who are seen', () => {
    expect(steady(['a', 'b', 'c'], ['c', 'b', 'a'], 3)).toEqual(['a', 'b', 'c'])
  })

  it('swap one who has to be seen with the least wanted, and move nobody else', () => {
    expect(steady(['a', 'b', 'c', 'd', 'e'], ['e', 'a', 'c', 'b', 'd'], 3)).toEqual(['a', 'e', 'c', 'b', 'd'])
  })

  it('fill the place of somebody who left with the next one', () => {
    expect(steady(['a', 'b', 'c', 'd'], ['a', 'c', 'd'], 3)).toEqual(['a', 'd', 'c'])
  })

  it('close up when there is nobody to fill a place', () => {
    expect(steady(['a', 'b', 'c'], ['a', 'c'], 3)).toEqual(['a', 'c'])
  })

  it('grow at the end', () => {
    expect(steady(['a', 'b'], ['c', 'a', 'b'], 3)).toEqual(['a', 'b', 'c'])
  })

  it('hold everybody once, whatever happens', () => {
    let order: string[] = []
    let people = [...'abcdefghij']
    for (let turn = 0; turn < 60; turn++) {
      people = [...people.slice(turn % 7), ...people.slice(0, turn % 7)]
      const here = people.filter((_, index) => (index + turn) % 5 !== 0)
      const visible = 1 + (turn % 4)
      order = steady(order, here, visible)
      expect([...order].sort()).toEqual([...here].sort())
      expect(new Set(order.slice(0, visible))).toEqual(new Set(here.slice(0, visible)))
    }
  })
})

describe('those who spoke', () => {
  it('come in the order of who spoke last', () => {
    expect(afterSpeaking(['a', 'b'], 'b')).toEqual(['b', 'a'])
  })

  it('stay known when nobody speaks, and are not remembered for ever', () => {
    const recent = [...'abcdefghij'].reduce<readonly string[]>(afterSpeaking, [])
    expect(recent).toHaveLength(MOST_RECENT)
    expect(afterSpeaking(recent, null)).toBe(recent)
  })
})
