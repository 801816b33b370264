/** One's notifications, the newest first, page by page; the socket keeps them true. */
import type { Notification, NotificationList, UnreadCount } from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'
import type { RoomSocket } from '../protocol/room-socket'
import { Broadcast } from '../room/broadcast'

export interface InboxView {
  isLoaded: boolean
  isBusy: boolean
  items: readonly Notification[]
  unread: number
  /** There are older ones. */
  isMore: boolean
  /** Why the list could not be had, or something not be done; empty when it could. */
  problem: string
}

export interface InboxPorts {
  rest: Pick<RestClient, 'call'>
  socket: RoomSocket
  /** Once for each that comes while one is here, or came while one was away. */
  ontold?: (notification: Notification) => void
  limit: number
}

const ALL = '/api/v1/notifications'

export class Inbox {
  private items = new Map<number, Notification>()
  private unread = 0
  private cursor: string | null = null
  private isLoaded = false
  private isBusy = false
  private problem = ''
  private isUnreadOnly = false
  /** Up to here everything has been told. */
  private lastSeq = 0
  /** Grows with each change that was told, so that an older answer is not taken for the truth. */
  private changes = 0
  /** Grows with each list that is asked for. */
  private asked = 0
  private readonly views = new Broadcast(() => this.view)

  constructor(private readonly ports: InboxPorts) {}

  get view(): InboxView {
    const { isLoaded, isBusy, unread, problem } = this
    const items = [...this.items.values()].sort((a, b) => b.seq - a.seq)
    return { isLoaded, isBusy, items, unread, isMore: this.cursor !== null, problem }
  }

  subscribe(listener: (view: InboxView) => void): () => void {
    return this.views.subscribe(listener)
  }

  open(): void {
    this.ports.socket.open({
      onConnect: () => void this.catchUp(),
      onDisconnect: () => undefined,
      onRefused: () => undefined,
      onEvent: (event, data) => {
        if (event === 'notification') this.told((data as { notification: Notification }).notification)
        if (event === 'notifications-read') {
          const { seqs, upTo, unreadCount } = data as {
            seqs: number[]
            upTo: number | null
            unreadCount: number
          }
          this.read((seq) => seqs.includes(seq) || (upTo !== null && seq <= upTo), unreadCount)
        }
        if (event === 'notification-deleted') {
          const { seq, unreadCount } = data as { seq: number; unreadCount: number }
          this.items.delete(seq)
          this.count(unreadCount)
        }
      },
    })
    // A connection that was there already has asked for it.
    if (this.asked === 0) void this.reload()
  }

  close(): void {
    this.asked += 1
    this.ports.socket.close()
  }

  /** Lists those alone that were not read, or all again. */
  async show(isUnreadOnly: boolean): Promise<void> {
    this.isUnreadOnly = isUnreadOnly
    this.items.clear()
    this.isLoaded = false
    await this.reload()
  }

  async reload(): Promise<void> {
    await this.fetch(null)
  }

  async more(): Promise<void> {
    if (this.cursor !== null && !this.isBusy) await this.fetch(this.cursor)
  }

  async markRead(seqs: number[]): Promise<void> {
    await this.act(async () => {
      const { unreadCount } = await this.ports.rest.call<UnreadCount>('POST', `${ALL}/read`, { seqs })
      this.read((seq) => seqs.includes(seq), unreadCount)
    })
  }

  async markAllRead(): Promise<void> {
    await this.act(async () => {
      // What comes meanwhile has not been seen.
      const upTo = Math.max(this.lastSeq, ...this.items.keys())
      const { unreadCount } = await this.ports.rest.call<UnreadCount>('POST', `${ALL}/read`, { upTo })
      this.read((seq) => seq <= upTo, unreadCount)
    })
  }

  async remove(seq: number): Promise<void> {
    await this.act(async () => {
      await this.ports.rest.call('DELETE', `${ALL}/${String(seq)}`)
      const wasUnread = this.items.get(seq)?.readAt === null
      this.items.delete(seq)
      this.count(this.unread - (wasUnread ? 1 : 0))
    })
  }

  /**
   * What came while the connection was away; then the lists anew, as things were read and deleted elsewhere too, or as
   * there was no list yet.
   */
  private async catchUp(): Promise<void> {
    try {
      for (let isMore = this.isLoaded; isMore;) {
        const synced = await this.ports.socket.request('sync-notifications', { lastSeq: this.lastSeq })
        for (const one of synced.items) this.told(one)
        this.lastSeq = Math.max(this.lastSeq, synced.lastSeq)
        this.count(synced.unreadCount)
        isMore = synced.hasMore
      }
    } catch {
      // The list says it as well.
    }
    await this.reload()
  }

  private async fetch(cursor: string | null): Promise<void> {
    const { rest, limit } = this.ports
    const asked = ++this.asked
    const changes = this.changes
    this.isBusy = true
    this.views.changed()
    try {
      const unread = this.isUnreadOnly ? '&unread=true' : ''
      const next = cursor === null ? '' : `&cursor=${cursor}`
      const [page, { unreadCount }] = await Promise.all([
        rest.call<NotificationList>('GET', `${ALL}?limit=${String(limit)}${unread}${next}`),
        rest.call<UnreadCount>('GET', `${ALL}/unread-count`),
      ])
      if (asked !== this.asked) return
      if (changes !== this.changes && cursor === null) {
        await this.fetch(null)
        return
      }
      if (cursor === null) this.items.clear()
      for (const one of page.items) this.items.set(one.seq, one)
      this.lastSeq = Math.max(this.lastSeq, ...page.items.map((one) => one.seq))
      this.cursor = page.nextCursor
      this.unread = unreadCount
      this.isLoaded = true
      this.problem = ''
    } catch (error) {
      if (asked !== this.asked) return
      this.problem = error instanceof Error ? error.message : String(error)
    }
    this.isBusy = false
    this.views.changed()
  }

  private told(one: Notification): void {
    const isNew = one.seq > this.lastSeq
    this.lastSeq = Math.max(this.lastSeq, one.seq)
    this.items.set(one.seq, one)
    if (isNew && one.readAt === null) this.unread += 1
    this.changed()
    if (isNew) this.ports.ontold?.(one)
  }

  private read(isMeant: (seq: number) => boolean, unread: number): void {
    const now = new Date().toISOString()
    for (const [seq, one] of this.items)
      if (one.readAt === null && isMeant(seq)) this.items.set(seq, { ...one, readAt: now })
    this.count(unread)
  }

  private count(unread: number): void {
    this.unread = Math.max(0, unread)
    this.changed()
  }

  private changed(): void {
    this.changes += 1
    this.views.changed()
  }

  private async act(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.problem = ''
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error)
    }
    this.views.changed()
  }
}
