import { expect, it } from 'vitest'
import { MemoryStorage } from '../testing/storage'
import { Seat } from './seat'

it('makes a key of 32 hex digits and keeps it for the tab', () => {
  const storage = new MemoryStorage()
  const first = new Seat('demo', storage)
  expect(first.key).toMatch(/^[0-9a-f]{32}$/)
  expect(new Seat('demo', storage).key).toBe(first.key)
})

it('has another key in another tab and in another class', () => {
  const storage = new MemoryStorage()
  const { key } = new Seat('demo', storage)
  expect(new Seat('demo', new MemoryStorage()).key).not.toBe(key)
  expect(new Seat('other', storage).key).not.toBe(key)
})

it('replaces a kept key that is damaged', () => {
  const storage = new MemoryStorage()
  storage.setItem('podium.seat.demo', 'short')
  expect(new Seat('demo', storage, (n) => new Uint8Array(n).fill(10)).key).toBe('0a'.repeat(16))
})

it('remembers over a reload whether it is in the room', () => {
  const storage = new MemoryStorage()
  const seat = new Seat('demo', storage)
  expect(seat.isPresent).toBe(false)
  seat.enter()
  expect(new Seat('demo', storage).isPresent).toBe(true)
  seat.leave()
  expect(new Seat('demo', storage).isPresent).toBe(false)
})

it('remembers over a reload what was captured, and nothing of it after leaving', () => {
  const storage = new MemoryStorage()
  const seat = new Seat('demo', storage)
  expect(seat.on).toEqual([])
  seat.on = ['screen', 'mic']
  expect(new Seat('demo', storage).on).toEqual(['mic', 'screen'])
  seat.on = []
  expect(new Seat('demo', storage).on).toEqual([])
  seat.on = ['camera']
  seat.leave()
  expect(new Seat('demo', storage).on).toEqual([])
})

it('is a seat also where nothing may be stored, or no more fits', () => {
  const refuse = (): never => {
    throw new DOMException('blocked', 'SecurityError')
  }
  const blocked = { getItem: refuse, setItem: refuse, removeItem: refuse } as unknown as Storage
  for (const storage of [blocked, null]) {
    const seat = new Seat('demo', storage)
    expect(seat.key).toMatch(/^[0-9a-f]{32}$/)
    seat.enter()
    seat.on = ['mic']
    seat.reception = 'audio'
    expect([seat.isPresent, seat.on, seat.reception]).toEqual([false, [], null])
    seat.leave()
  }
})
