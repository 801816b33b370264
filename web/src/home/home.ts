/** What one's home page knows and does: the lists, kept true by the socket, and what a tutor can set in motion. */
import type { TokenSource } from '../auth/source'
import type { CreateLiveClass, LiveClass, Me } from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'
import type { RoomSocket } from '../protocol/room-socket'
import { Broadcast } from '../room/broadcast'
import { Backoff } from '../room/reconnect'
import {
  agendaOf,
  courseForNow,
  EMPTY,
  isAgendaEvent,
  reduce,
  withClass,
  withCourse,
  type Agenda,
  type AgendaEvent,
} from './agenda'
import { classInvite } from './invites'
import { School } from './school'

export interface HomeView {
  /** The first lists have come. */
  isLoaded: boolean
  agenda: Agenda
  /** The socket is away: what is shown may be old. */
  isAway: boolean
  /** Why the lists could not be had; empty when they could. */
  problem: string
}

export interface HomePorts {
  me: Me
  rest: RestClient
  socket: RoomSocket
  account: Pick<TokenSource, 'renew'>
  origin: string
  /** Lists of this course alone. */
  courseId?: string
}

const MOST_LIVE = 50
const MOST_UPCOMING = 100
const MOST_PAST = 20
const MOST_CANCELLED = 10
const PATIENCE_MS = 500

export class Home {
  private agenda: Agenda = EMPTY
  private isLoaded = false
  private isAway = false
  private problem = ''
  /** What came while the lists were on their way, and may be newer than they are. */
  private meanwhile: AgendaEvent[] | null = null
  private isStale = false
  private isClosed = false
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly backoff = new Backoff({ base: 1_000, max: 15_000, jitter: 0.3 })
  private readonly views = new Broadcast(() => this.view)
  readonly school: School

  constructor(private readonly ports: HomePorts) {
    this.school = new School(ports.rest)
  }

  get view(): HomeView {
    const { isLoaded, agenda, isAway, problem } = this
    return { isLoaded, agenda, isAway, problem }
  }

  subscribe(listener: (view: HomeView) => void): () => void {
    return this.views.subscribe(listener)
  }

  open(): void {
    // Lists that come after the connection miss nothing; but nobody waits long for a connection.
    this.timer = setTimeout(() => void this.reload(), PATIENCE_MS)
    this.ports.socket.open({
      onConnect: () => {
        void this.reload()
        this.isAway = false
        this.views.changed()
      },
      onDisconnect: () => {
        this.isAway = true
        this.views.changed()
      },
      onRefused: () => {
        // Whether one is still signed in is for the account to find out.
        void this.ports.account.renew().catch(() => null)
      },
      onEvent: (event, data) => {
        const one = { event, data }
        if (isAgendaEvent(one)) this.receive(one)
      },
    })
  }

  close(): void {
    this.isClosed = true
    clearTimeout(this.timer)
    this.ports.socket.close()
  }

  /** Makes a class and starts it, in the given course or in a new one; its id. */
  async startNow(title: string, courseTitle: string): Promise<string> {
    const course = courseForNow(this.agenda, this.ports.me.isAdmin) ?? (await this.createCourse(courseTitle))
    const made = await this.plan({ title, courseId: course.id })
    await this.school.start(made.id)
    return made.id
  }

  async plan(plan: CreateLiveClass): Promise<LiveClass> {
    const made = await this.school.createClass(plan)
    this.put(made)
    return made
  }

  async createCourse(title: string) {
    const course = await this.school.createCourse(title)
    this.agenda = withCourse(this.agenda, course)
    this.views.changed()
    return course
  }

  async end(id: string): Promise<void> {
    this.put(await this.school.end(id))
  }

  async cancel(id: string): Promise<void> {
    this.put(await this.school.cancel(id))
  }

  inviteLink(liveClass: LiveClass): Promise<string> {
    return classInvite(this.ports.rest, liveClass, this.ports.origin)
  }

  private put(liveClass: LiveClass): void {
    this.agenda = withClass(this.agenda, liveClass)
    this.views.changed()
  }

  private receive(event: AgendaEvent): void {
    this.meanwhile?.push(event)
    this.agenda = reduce(this.agenda, event)
    this.views.changed()
    if (event.event === 'enrolment-changed' && event.data.role !== null) void this.reload()
  }

  /** Lists everything anew. */
  async reload(): Promise<void> {
    if (this.meanwhile !== null) {
      this.isStale = true
      return
    }
    clearTimeout(this.timer)
    this.meanwhile = []
    this.isStale = false
    try {
      const { school } = this
      const { courseId } = this.ports
      const [courses, ...classes] = await Promise.all([
        courseId === undefined ? school.courses() : school.course(courseId).then((one) => [one]),
        school.classes('live', MOST_LIVE, courseId),
        school.classes('upcoming', MOST_UPCOMING, courseId),
        school.classes('ended', MOST_PAST, courseId),
        school.classes('cancelled', MOST_CANCELLED, courseId),
      ])
      this.agenda = this.meanwhile.reduce(reduce, agendaOf(courses, classes.flat()))
      this.isLoaded = true
      this.problem = ''
      this.backoff.reset()
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error)
      this.isStale = true
    }
    this.meanwhile = null
    if (this.isClosed) return
    this.views.changed()
    if (this.isStale)
      this.timer = setTimeout(() => void this.reload(), this.problem ? this.backoff.next() : 0)
  }
}
