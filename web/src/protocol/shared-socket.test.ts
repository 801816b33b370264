import { beforeEach, expect, it, vi } from 'vitest'
import { FakeSocket } from '../testing/socket'
import type { SocketEvents } from './room-socket'
import { SharedSocket } from './shared-socket'

let made: FakeSocket[]
let line: SharedSocket

beforeEach(() => {
  made = []
  line = new SharedSocket(() => {
    const socket = new FakeSocket()
    made.push(socket)
    return socket
  })
})

/** Somebody who writes down what they hear. */
function listener() {
  const heard: string[] = []
  const events: SocketEvents = {
    onConnect: () => heard.push('there'),
    onDisconnect: () => heard.push('away'),
    onRefused: () => heard.push('refused'),
    onEvent: (event) => heard.push(event),
  }
  const socket = line.share()
  socket.open(events)
  return { socket, heard }
}

it('is one connection for all, from the first to the last who listens', () => {
  vi.useFakeTimers()
  const first = listener()
  made[0]?.come()
  const second = listener()
  made[0]?.push('chat-room-left', { roomId: '1' })
  expect([first.heard, second.heard]).toEqual([
    ['there', 'chat-room-left'],
    ['there', 'chat-room-left'],
  ])
  first.socket.close()
  second.socket.close()
  const next = listener()
  vi.runAllTimers()
  expect(made[0]?.isClosed, 'the next page listens right after').toBe(false)
  next.socket.close()
  vi.runAllTimers()
  expect(made.map(({ isClosed }) => isClosed)).toEqual([true])
  vi.useRealTimers()
})

it('says that it is gone when the server wants it no more, and begins anew with who comes next', async () => {
  const first = listener()
  made[0]?.come()
  made[0]?.refuse('signed out')
  expect(first.heard).toEqual(['there', 'away', 'refused'])
  expect(first.socket.isConnected).toBe(false)
  await expect(first.socket.request('resync', { lastSeq: 1 })).rejects.toMatchObject({ code: 'offline' })
  const second = listener()
  expect(made).toHaveLength(2)
  made[1]?.come()
  expect([first.heard.at(-1), second.heard]).toEqual(['there', ['there']])
})
