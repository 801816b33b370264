import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { FakeSocket } from '../testing/socket'
import { Captions } from './captions'

let captions: Captions
let socket: FakeSocket

beforeEach(() => {
  vi.useFakeTimers()
  socket = new FakeSocket()
  captions = new Captions({ socket, onChange: () => undefined })
})
afterEach(() => {
  captions.close()
  vi.useRealTimers()
})

const hear = (text: string) => captions.hear({ event: 'caption', data: { name: 'Emmy', text } })
const texts = () => captions.view.map(({ text }) => text)

it('shows the last lines, long ones longer', () => {
  hear('short')
  hear('long '.repeat(80))
  vi.advanceTimersByTime(6_000)
  expect(texts()).toEqual(['long '.repeat(80)])
  vi.advanceTimersByTime(20_000)
  expect(texts()).toEqual([])
})

it('shows no more than can be read', () => {
  for (const text of ['a', 'b', 'c', 'd']) hear(text)
  expect(texts()).toEqual(['b', 'c', 'd'])
  expect(new Set(captions.view.map(({ id }) => id)).size).toBe(3)
})

it('tells who writes when a line did not go out', async () => {
  await expect(captions.write('So far')).rejects.toThrow()
  socket.come()
  await captions.write('So good')
  expect(socket.data('send-caption')).toEqual([{ text: 'So good' }])
})
