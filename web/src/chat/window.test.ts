import { expect, it } from 'vitest'
import { message } from '../testing/room'
import { Rows } from './rows'
import { around, newer, older, SIZE, STEP, stretchOf } from './window'

const said = (count: number) =>
  Array.from({ length: count }, (_, at) => message(`m${String(at)}`, { seq: at * 2 + 1 }))

it('shows the newest, and moves through thousands by steps', () => {
  const all = said(5_000)
  expect(stretchOf(all, null)).toEqual({ from: 5_000 - SIZE, to: 5_000 })
  const up = older(all, null)
  expect(stretchOf(all, up)).toEqual({ from: 5_000 - SIZE - STEP, to: 5_000 - STEP })
  expect(newer(all, up)).toBeNull()
  expect(stretchOf(all, around(all, 2_001))).toEqual({ from: 1_001 - SIZE / 2, to: 1_001 + SIZE / 2 })
  let at: number | null = null
  let steps = 0
  for (let next = older(all, at); next !== null && steps < 1_000; next = older(all, at)) {
    at = next
    steps += 1
  }
  expect(stretchOf(all, at)).toEqual({ from: 0, to: SIZE })
})

it('stays where it is while messages come at both ends', () => {
  const all = said(500)
  const upTo = all[300]?.seq ?? 0
  expect(stretchOf(all, upTo).to).toBe(301)
  expect(stretchOf([...all, message('new', { seq: 5_000 })], upTo).to).toBe(301)
  expect(stretchOf(all.slice(100), upTo).to).toBe(201)
  expect(stretchOf(said(3), null)).toEqual({ from: 0, to: 3 })
  expect(older(said(3), null)).toBeNull()
})

it('groups by sender, day and pause, and marks where the unread begin', () => {
  const at = (minute: number, day = 1) => `2026-01-0${String(day)}T12:${String(minute).padStart(2, '0')}:00Z`
  const rows = new Rows(2).of(
    [
      message('a', { seq: 1, sentAt: at(0) }),
      message('b', { seq: 2, sentAt: at(1) }),
      message('c', { seq: 3, sentAt: at(20) }),
      message('d', { seq: 4, sentAt: at(21), userId: 'other' }),
      message('e', { seq: 5, sentAt: at(21, 3), userId: 'other' }),
    ],
    undefined,
  )
  expect(rows.map((row) => row.isFollowing)).toEqual([false, true, false, false, false])
  expect(rows.map((row) => row.isNewDay)).toEqual([true, false, false, false, true])
  expect(rows.map((row) => row.isFirstUnread)).toEqual([false, false, true, false, false])
})

it('keeps the rows around which nothing changed', () => {
  const all = said(5)
  const rows = new Rows(null)
  const before = rows.of(all.slice(0, 4), undefined)
  rows.of(all.slice(1), all[0]).forEach((row, index) => {
    if (index < 3) expect(row).toBe(before[index + 1])
  })
  const edited = all.with(2, { ...all[2], text: 'edited' } as (typeof all)[0])
  const after = rows.of(edited.slice(1), all[0])
  expect(after[0]).toBe(before[1])
  expect(after[1]?.message.text).toBe('edited')
  expect(after[2]).not.toBe(before[3])
})
