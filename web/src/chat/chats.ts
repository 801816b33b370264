/** The chats of somebody who is signed in: the list, kept true by the socket, and the one that is open. */
import { Backoff } from '../protocol/backoff'
import type {
  ChatMessage,
  ChatRoom,
  ChatRoomItem,
  Course,
  PresenceList,
  UserPresence,
} from '../protocol/protocol.gen'
import { RestError } from '../protocol/rest'
import type { RoomSocket } from '../protocol/room-socket'
import { Broadcast } from '../room/broadcast'
import { chatEvent } from './chat-events'
import type { ChatTools } from './conversation'
import { OpenRoom } from './open-room'
import { coursesOf, pageOf } from './lists'
import { changed, otherOf, read, said, withListed, without, withRoom, type Rooms } from './rooms'

export interface ChatsPorts extends ChatTools {
  /** One of `line.share()`. */
  socket: RoomSocket
  selfId: string
  renew(): void
  /** Somebody else says this right now. */
  onSaid(message: ChatMessage): void
}

export interface ChatsView {
  isLoaded: boolean
  isAway: boolean
  /** Why the list could not be had; empty when it could. */
  problem: string
  rooms: Rooms
  hasMore: boolean
  presence: ReadonlyMap<string, UserPresence>
  courses: readonly Course[]
  open: OpenRoom | null
  /** Of what was to be opened: it is not there, or no longer. */
  isGone: boolean
}

const PATIENCE_MS = 500
const MOST_ASKED = 200

export class Chats {
  private rooms: Rooms = []
  private cursor: string | null = null
  private presence: ReadonlyMap<string, UserPresence> = new Map()
  private courses: readonly Course[] = []
  private open: OpenRoom | null = null
  private wanted: string | null = null
  private isGone = false
  private isLoaded = false
  private isAway = false
  private problem = ''
  private isClosed = false
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly backoff = new Backoff({ base: 1_000, max: 15_000, jitter: 0.3 })
  private readonly views = new Broadcast(() => this.view)

  constructor(private readonly ports: ChatsPorts) {}

  get view(): ChatsView {
    const { isLoaded, isAway, problem, rooms, presence, courses, open, isGone } = this
    return {
      isLoaded,
      isAway,
      problem,
      rooms,
      hasMore: this.cursor !== null,
      presence,
      courses,
      open,
      isGone,
    }
  }

  get rest(): ChatTools['rest'] {
    return this.ports.rest
  }

  subscribe(listener: (view: ChatsView) => void): () => void {
    return this.views.subscribe(listener)
  }

  start(): void {
    // Lists that come after the connection miss nothing; but nobody waits long for a connection.
    this.timer = setTimeout(() => void this.reload(), PATIENCE_MS)
    this.ports.socket.open({
      onConnect: () => {
        this.isAway = false
        void this.reload()
        void this.open?.follow()
        this.views.changed()
      },
      onDisconnect: () => {
        this.isAway = true
        this.open?.lost()
        this.views.changed()
      },
      onRefused: () => {
        this.ports.renew()
      },
      onEvent: (event, data) => {
        this.receive(event, data)
      },
    })
  }

  close(): void {
    this.isClosed = true
    clearTimeout(this.timer)
    this.open?.close()
    this.ports.files.close()
    this.ports.socket.close()
  }

  /** Lists everything anew. */
  async reload(): Promise<void> {
    clearTimeout(this.timer)
    try {
      const [list, courses] = await Promise.all([pageOf(this.rest, null), coursesOf(this.rest)])
      const listed = new Set(list.items.map(({ room }) => room.id))
      const all = list.items.reduce(withListed, this.rooms)
      this.rooms = this.open ? all : all.filter(({ room }) => listed.has(room.id))
      this.cursor = list.nextCursor
      this.courses = courses
      this.isLoaded = true
      this.problem = ''
      this.backoff.reset()
      void this.askPresence()
      if (this.wanted !== null && !this.open) await this.show(this.wanted)
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error)
      if (!this.isClosed) this.timer = setTimeout(() => void this.reload(), this.backoff.next())
    }
    this.views.changed()
  }

  async more(): Promise<void> {
    if (this.cursor === null) return
    const list = await pageOf(this.rest, this.cursor)
    this.rooms = list.items.reduce(withListed, this.rooms)
    this.cursor = list.nextCursor
    void this.askPresence()
    this.views.changed()
  }

  /** Opens a chat, or none. */
  async show(roomId: string | null): Promise<void> {
    this.wanted = roomId
    if (this.open && this.open.roomId !== roomId) {
      this.open.close()
      this.open = null
    }
    this.isGone = false
    this.views.changed()
    if (roomId === null || this.open) return
    const item = this.rooms.find(({ room }) => room.id === roomId) ?? (await this.fetch(roomId))
    if (this.wanted !== roomId || this.isClosed || this.open || !item) return
    this.open = new OpenRoom(this.ports, item)
    void this.open.follow()
    this.views.changed()
  }

  /** A room that was made or changed by oneself. */
  put(room: ChatRoom): void {
    this.rooms = withRoom(this.rooms, room)
    void this.askPresence()
    this.views.changed()
  }

  drop(roomId: string): void {
    this.rooms = without(this.rooms, roomId)
    if (this.wanted === roomId) {
      this.open?.close()
      this.open = null
      this.isGone = true
    }
    this.views.changed()
  }

  private receive(name: string, data: object): void {
    this.open?.chat.hear({ event: name, data })
    const event = chatEvent(name, data)
    switch (event?.event) {
      case 'new-message': {
        const next = said(this.rooms, event.data.message, this.ports.selfId)
        if (next) this.rooms = next
        else void this.fetch(event.data.roomId)
        break
      }
      case 'message-updated':
      case 'message-deleted':
        this.rooms = changed(this.rooms, event.data.message)
        break
      case 'messages-read':
        if (event.data.userId !== this.ports.selfId) return
        this.rooms = read(this.rooms, event.data)
        break
      case 'chat-room-updated':
        this.put(event.data.room)
        break
      case 'chat-room-left':
        this.drop(event.data.roomId)
        break
      case 'presence-changed':
        this.learn(event.data.users)
        break
      default:
        return
    }
    this.views.changed()
  }

  private async fetch(roomId: string): Promise<ChatRoomItem | null> {
    try {
      const item = await this.ports.rest.call<ChatRoomItem>('GET', `/api/v1/chat-rooms/${roomId}`)
      this.rooms = withListed(this.rooms, item)
      this.views.changed()
      return item
    } catch (error) {
      if (this.wanted === roomId && error instanceof RestError && error.code !== 'offline') this.isGone = true
      this.views.changed()
      return null
    }
  }

  /** Who of those one writes to directly is there; without an answer nobody is said to be. */
  private async askPresence(): Promise<void> {
    const ids = this.rooms.flatMap(({ room }) => otherOf(room, this.ports.selfId)?.userId ?? [])
    const asked = [...new Set(ids)].slice(0, MOST_ASKED).join(',')
    if (asked === '') return
    const path = `/api/v1/presence?userIds=${encodeURIComponent(asked)}`
    const list = await this.ports.rest.call<PresenceList>('GET', path).catch(() => null)
    if (list) this.learn(list.items)
    this.views.changed()
  }

  private learn(users: readonly UserPresence[]): void {
    const known = new Map(this.presence)
    for (const user of users) known.set(user.userId, user)
    this.presence = known
  }
}
