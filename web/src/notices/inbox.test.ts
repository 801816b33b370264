import { describe, expect, it } from 'vitest'
import type { Notification } from '../protocol/protocol.gen'
import { FakeSocket } from '../testing/socket'
import { Inbox } from './inbox'

const notice = (seq: number, readAt: string | null = null): Notification => ({
  seq,
  kind: 'live-class-started',
  title: `Class ${String(seq)}`,
  text: '',
  courseId: null,
  liveClassId: null,
  chatRoomId: null,
  createdAt: '2026-01-01T10:00:00Z',
  readAt,
})

/** A server of a few notifications. */
function setUp(kept: Notification[]) {
  const told: number[] = []
  const asked: string[] = []
  const server = { kept, before: () => Promise.resolve() }
  const rest = {
    async call<T>(method: string, path: string, body?: object): Promise<T> {
      asked.push(`${method} ${path.replace('/api/v1/notifications', '')}`)
      const unread = () => server.kept.filter((one) => one.readAt === null).length
      if (path.endsWith('/unread-count')) return { unreadCount: unread() } as T
      if (method === 'DELETE')
        server.kept = server.kept.filter((one) => !path.endsWith(`/${String(one.seq)}`))
      if (method === 'POST') {
        const { seqs, upTo } = body as { seqs?: number[]; upTo?: number }
        server.kept = server.kept.map((one) =>
          seqs?.includes(one.seq) || one.seq <= (upTo ?? -1) ? { ...one, readAt: 'now' } : one,
        )
        return { unreadCount: unread() } as T
      }
      const page = { items: [...server.kept].reverse().slice(0, 3), nextCursor: null }
      await server.before()
      return page as T
    },
  }
  const socket = new FakeSocket()
  const inbox = new Inbox({ rest, socket, limit: 3, ontold: ({ seq }) => told.push(seq) })
  return { inbox, socket, server, told, asked }
}

const settled = () => new Promise((done) => setTimeout(done))
const seqs = (inbox: Inbox) => inbox.view.items.map(({ seq }) => seq)

describe('Inbox', () => {
  it('lists the newest first and counts the unread', async () => {
    const { inbox, told } = setUp([notice(1, 'read'), notice(2), notice(3)])
    inbox.open()
    await settled()
    expect(seqs(inbox)).toEqual([3, 2, 1])
    expect(inbox.view).toMatchObject({ isLoaded: true, unread: 2, isMore: false, problem: '' })
    expect(told, 'what was there before is no news').toEqual([])
  })

  it('hears of new ones, and of what is read and deleted elsewhere', async () => {
    const { inbox, socket, told } = setUp([notice(1)])
    inbox.open()
    await settled()
    socket.push('notification', { notification: notice(2) })
    socket.push('notification', { notification: notice(2) })
    expect([seqs(inbox), inbox.view.unread, told]).toEqual([[2, 1], 2, [2]])
    socket.push('notifications-read', { seqs: [], upTo: 1, unreadCount: 1 })
    expect(inbox.view.items.map((one) => one.readAt !== null)).toEqual([false, true])
    socket.push('notification-deleted', { seq: 2, unreadCount: 0 })
    expect([seqs(inbox), inbox.view.unread]).toEqual([[1], 0])
  })

  it('marks as read, and deletes', async () => {
    const { inbox, server } = setUp([notice(1), notice(2), notice(3)])
    inbox.open()
    await settled()
    await inbox.markRead([2])
    expect(inbox.view.unread).toBe(2)
    await inbox.remove(3)
    expect([seqs(inbox), inbox.view.unread]).toEqual([[2, 1], 1])
    server.kept.push(notice(4))
    await inbox.markAllRead()
    expect(inbox.view.unread, 'what came meanwhile was not seen').toBe(1)
    expect(server.kept.filter((one) => one.readAt === null).map(({ seq }) => seq)).toEqual([4])
  })

  it('gets what it missed when the connection is back, once', async () => {
    const { inbox, socket, server, told } = setUp([notice(1), notice(2)])
    inbox.open()
    await settled()
    socket.answers['sync-notifications'] = ({ lastSeq }: { lastSeq: number }) => {
      const items = server.kept.filter(({ seq }) => seq > lastSeq).slice(0, 1)
      return { items, lastSeq: items[0]?.seq ?? lastSeq, hasMore: items.length > 0, unreadCount: 3 }
    }
    server.kept = [notice(2, 'read'), notice(3), notice(4)]
    socket.come()
    await settled()
    expect(told).toEqual([3, 4])
    expect(seqs(inbox), 'what was deleted elsewhere is gone').toEqual([4, 3, 2])
    expect(inbox.view.unread).toBe(2)
  })

  it('does not take a list for the truth that is older than what it was told', async () => {
    const { inbox, socket, server, asked } = setUp([notice(1)])
    let isFirst = true
    server.before = () => {
      if (isFirst) {
        isFirst = false
        server.kept.push(notice(2))
        socket.push('notification', { notification: notice(2) })
      }
      return Promise.resolve()
    }
    inbox.open()
    await settled()
    expect([seqs(inbox), inbox.view.unread]).toEqual([[2, 1], 2])
    expect(asked.filter((one) => one.startsWith('GET ?'))).toHaveLength(2)
  })

  it('says why there is no list, and recovers', async () => {
    const { inbox, server } = setUp([notice(1)])
    server.before = () => Promise.reject(new Error('offline'))
    inbox.open()
    await settled()
    expect(inbox.view).toMatchObject({ isLoaded: false, isBusy: false, problem: 'offline' })
    server.before = () => Promise.resolve()
    await inbox.reload()
    expect(inbox.view).toMatchObject({ isLoaded: true, problem: '' })
  })

  it('has its list with the connection, when it was opened without one', async () => {
    const { inbox, socket, server, told } = setUp([notice(1)])
    server.before = () => Promise.reject(new Error('offline'))
    inbox.open()
    await settled()
    server.before = () => Promise.resolve()
    socket.come()
    await settled()
    expect(inbox.view).toMatchObject({ isLoaded: true, unread: 1, problem: '' })
    expect([seqs(inbox), told, socket.data('sync-notifications')]).toEqual([[1], [], []])
  })
})
