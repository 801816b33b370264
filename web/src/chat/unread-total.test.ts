import { expect, it, vi } from 'vitest'
import { RestClient } from '../protocol/rest'
import { message } from '../testing/room'
import { FakeSocket } from '../testing/socket'
import { UnreadTotal } from './unread-total'

it('counts what waits in all chats, and follows what is said and read', async () => {
  vi.useFakeTimers()
  const socket = new FakeSocket()
  let unread = [2, 3]
  const answer = () => Response.json({ items: unread.map((count) => ({ unread: count })), nextCursor: null })
  const total = new UnreadTotal({
    rest: new RestClient(null, () => Promise.resolve(answer())),
    socket,
    selfId: 'me',
    isSeen: (roomId) => roomId === 'open',
  })
  const seen: number[] = []
  total.subscribe((count) => seen.push(count))
  total.open()
  socket.come()
  await vi.advanceTimersByTimeAsync(0)
  const said = (userId: string | null, roomId = 'r') => {
    socket.push('new-message', { roomId, seq: 9, message: message('m', { userId }) })
  }
  said('ada')
  said('me')
  said(null)
  said('ada', 'open')
  await vi.advanceTimersByTimeAsync(0)
  expect(seen).toEqual([0, 5, 6])

  // What is said where one looks is counted when there was time to read it.
  await vi.advanceTimersByTimeAsync(2_000)
  expect(seen).toEqual([0, 5, 6, 5])

  unread = [0, 3]
  const read = (userId: string) => {
    socket.push('messages-read', { roomId: 'r', userId, readSeq: 9, readAt: '2026-01-01T10:00:00Z' })
  }
  read('ada')
  read('me')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(seen.at(-1)).toBe(3)
  total.close()
  expect(socket.isClosed).toBe(true)
  vi.useRealTimers()
})
