import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ChatRoomItem } from '../protocol/protocol.gen'
import { RestClient } from '../protocol/rest'
import { RequestError } from '../protocol/room-socket'
import { message } from '../testing/room'
import { FakeSocket } from '../testing/socket'
import { MemoryStorage } from '../testing/storage'
import { Chats } from './chats'
import { ChatFiles } from './files'
import { KeptTexts } from './kept'

const item = (id: string, over: Partial<ChatRoomItem> = {}): ChatRoomItem => ({
  room: {
    id,
    kind: 'direct',
    title: null,
    courseId: null,
    liveClassId: null,
    createdBy: null,
    createdAt: '2026-01-01T10:00:00Z',
    seq: 1,
    lastSeq: 1,
    lastAt: `2026-01-01T10:0${id}:00Z`,
    isLocked: false,
    participants: [
      { userId: 'me', name: 'Me', role: null, isOwner: false },
      { userId: `user-${id}`, name: `Person ${id}`, role: null, isOwner: false },
    ],
  },
  lastMessage: message('first', { roomId: id, seq: 1 }),
  readSeq: 1,
  unread: 0,
  mentions: 0,
  ...over,
})

function open() {
  const socket = new FakeSocket()
  socket.answers['open-chat'] = ({ roomId }: { roomId: string }) => ({
    roomId,
    seq: 1,
    reset: true,
    messages: [message('first', { roomId, seq: 1 })],
  })
  const answers: Record<string, unknown> = {
    '/api/v1/chat-rooms': { items: [item('1'), item('2')], nextCursor: null },
    '/api/v1/chat-rooms/3': item('3', { unread: 1, readSeq: 0 }),
    '/api/v1/courses': { items: [], nextCursor: null },
    '/api/v1/presence': { items: [{ userId: 'user-1', isOnline: true, lastSeenAt: null }] },
  }
  const fetcher = (path: RequestInfo | URL) => {
    const found = answers[(path as string).split('?')[0] ?? '']
    return Promise.resolve(
      found ? Response.json(found) : Response.json({ code: 'not_found' }, { status: 404 }),
    )
  }
  const said: string[] = []
  const files = new ChatFiles(null, () => Promise.resolve(new Response('a picture')))
  const chats = new Chats({
    rest: new RestClient(null, fetcher),
    files,
    kept: new KeptTexts(new MemoryStorage()),
    socket,
    selfId: 'me',
    renew: () => undefined,
    onSaid: ({ text }) => said.push(text),
  })
  chats.start()
  return { chats, socket, said, files, ids: () => chats.view.rooms.map(({ room }) => room.id) }
}

const settle = () => vi.advanceTimersByTimeAsync(10)

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('keeps the list true: what is said, read, left, and by whom one was not known before', async () => {
  const { chats, socket, ids } = open()
  socket.come()
  await settle()
  expect(ids()).toEqual(['2', '1'])
  expect(chats.view.presence.get('user-1')?.isOnline).toBe(true)
  const say = (roomId: string, seq: number, userId: string) => {
    const sentAt = `2026-01-01T11:0${String(seq)}:00Z`
    socket.push('new-message', {
      roomId,
      seq,
      message: message(`n${String(seq)}`, { roomId, seq, userId, sentAt }),
    })
  }
  say('1', 2, 'user-1')
  say('1', 3, 'me')
  expect(ids()).toEqual(['1', '2'])
  expect(chats.view.rooms[0]).toMatchObject({ unread: 1, lastMessage: { id: 'n3' } })
  socket.push('messages-read', { roomId: '1', userId: 'me', readSeq: 3, readAt: '2026-01-01T11:05:00Z' })
  expect(chats.view.rooms[0]?.unread).toBe(0)
  say('3', 4, 'user-3')
  await settle()
  expect(ids()).toContain('3')
  socket.push('chat-room-left', { roomId: '2' })
  expect(ids()).not.toContain('2')
  chats.close()
})

it('opens a chat, writes while away, and sends it once when back', async () => {
  const { chats, socket, said } = open()
  socket.come()
  await chats.show('1')
  await settle()
  const chat = chats.view.open?.chat
  expect(chat?.messages.map(({ id }) => id)).toEqual(['first'])
  socket.answers['send-message'] = ({ id }: { id: string }) => ({
    message: message(id, { roomId: '1', seq: 2, userId: 'me' }),
  })
  socket.go()
  chat?.write('later')
  expect(chat?.pending).toHaveLength(1)
  expect(chats.view.isAway).toBe(true)
  socket.come()
  await settle()
  expect(socket.data('send-message')).toHaveLength(1)
  expect(socket.data('open-chat').at(-1)).toEqual({ roomId: '1', lastSeq: 1 })
  expect(chat?.pending).toEqual([])
  socket.push('new-message', {
    roomId: '1',
    seq: 3,
    message: message('x', { roomId: '1', seq: 3, text: 'hi' }),
  })
  expect(said).toEqual(['hi'])
  await chats.show('nowhere')
  expect(chats.view.isGone).toBe(true)
  expect(socket.data('close-chat')).toEqual([{ roomId: '1' }])
  chats.close()
})

it('asks again for a chat that the server could not open just then', async () => {
  const { chats, socket } = open()
  const answer = socket.answers['open-chat']
  socket.answers['open-chat'] = () => {
    throw new RequestError('unavailable', 'the database is busy')
  }
  socket.come()
  await chats.show('1')
  await settle()
  const chat = chats.view.open?.chat
  chat?.write('waits')
  if (answer) socket.answers['open-chat'] = answer
  await vi.advanceTimersByTimeAsync(2_000)
  expect(chat?.messages.map(({ id }) => id)).toEqual(['first'])
  expect(socket.data('send-message')).toHaveLength(1)
  socket.answers['open-chat'] = () => {
    throw new RequestError('timeout', 'no answer')
  }
  socket.go()
  socket.come()
  await settle()
  const asked = socket.data('open-chat').length
  chats.close()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(socket.data('open-chat'), 'nobody looks any more').toHaveLength(asked)
})

it('does not take a list for the truth that is older than what it was told', async () => {
  const { chats, socket, ids } = open()
  socket.come()
  await vi.advanceTimersByTimeAsync(0)
  for (const [roomId, seq] of [
    ['1', 2],
    ['2', 2],
  ] as const)
    socket.push('new-message', { roomId, seq, message: message(`n${roomId}`, { roomId, seq }) })
  socket.push('messages-read', { roomId: '2', userId: 'me', readSeq: 2, readAt: '2026-01-01T11:05:00Z' })
  await chats.reload()
  expect(chats.view.rooms.map(({ room, unread }) => [room.id, unread])).toEqual([
    ['1', 1],
    ['2', 0],
  ])
  socket.push('chat-room-left', { roomId: '1' })
  expect(ids()).toEqual(['2'])
  chats.close()
})

it('knows what was pinned while it was away', async () => {
  const { chats, socket } = open()
  socket.come()
  await chats.show('1')
  await settle()
  const chat = chats.view.open?.chat
  const pin = (isPinned: boolean, seq: number) => {
    socket.go()
    socket.answers['open-chat'] = ({ roomId }: { roomId: string }) => ({
      roomId,
      seq,
      reset: false,
      messages: [message('first', { roomId, seq: 1, changedSeq: seq, isPinned })],
    })
    socket.come()
    return settle()
  }
  await pin(true, 2)
  expect(chat?.view.pinned.map(({ id }) => id)).toEqual(['first'])
  await pin(false, 3)
  expect(chat?.view.pinned).toEqual([])
  chats.close()
})

it('gives the memory of pictures back when the page is left', async () => {
  const { chats, files } = open()
  const urls = [await files.url('1', 'a', 'preview'), await files.url('1', 'b', 'file')]
  expect(await files.url('1', 'a', 'preview'), 'shown twice, fetched once').toBe(urls[0])
  const isHere = (url: string) =>
    fetch(url).then(
      () => true,
      () => false,
    )
  vi.useRealTimers()
  expect(await Promise.all(urls.map(isHere))).toEqual([true, true])
  chats.close()
  await Promise.resolve()
  expect(await Promise.all(urls.map(isHere))).toEqual([false, false])
})
