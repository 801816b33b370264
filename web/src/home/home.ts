/** What one's home page knows and does: the lists, kept true by the socket, and what a tutor can set in motion. */
import type { TokenSource } from '../auth/source'
import { Backoff } from '../protocol/backoff'
import type { Course, CreateLiveClass, LiveClass, Me } from '../protocol/protocol.gen'
import { newId } from '../protocol/ids'
import type { RestClient } from '../protocol/rest'
import type { RoomSocket } from '../protocol/room-socket'
import { Broadcast } from '../room/broadcast'
import {
  agendaOf,
  courseForNow,
  EMPTY,
  isAgendaEvent,
  mayConcern,
  reduce,
  sectionsOf,
  withClass,
  withCourse,
  type Agenda,
  type AgendaEvent,
  type Sections,
} from './agenda'
import { ALL, fits, type ClassFilter } from './filter'
import { classInvite } from './invites'
import { fetchLists, latest, type Lists, type Pages } from './lists'
import { School } from './school'

export interface HomeView {
  /** The first lists have come. */
  isLoaded: boolean
  agenda: Agenda
  /** What of it is to be shown. */
  sections: Sections
  filter: ClassFilter
  /** Another filter or another page is on its way. */
  isBusy: boolean
  hasMoreUpcoming: boolean
  hasMorePast: boolean
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

const FIRST: Pages = { upcoming: 1, past: 1 }
const UNKNOWN = { hasMoreUpcoming: false, hasMorePast: false, since: -Infinity }
const PATIENCE_MS = 500

export class Home {
  private agenda: Agenda = EMPTY
  private isLoaded = false
  private isAway = false
  private problem = ''
  /** What came while the lists were on their way, and may be newer than they are. */
  private meanwhile: AgendaEvent[] | null = null
  private isStale = false
  private filter = ALL
  private pages = FIRST
  private lists: Omit<Lists, 'classes'> = UNKNOWN
  private isBusy = false
  private isClosed = false
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly backoff = new Backoff({ base: 1_000, max: 15_000, jitter: 0.3 })
  private readonly views = new Broadcast(() => this.view)
  /** Of the class that is to start now, until it does. */
  private nextId = newId()
  readonly school: School

  constructor(private readonly ports: HomePorts) {
    this.school = new School(ports.rest)
  }

  get view(): HomeView {
    const { isLoaded, agenda, filter, isBusy, isAway, problem } = this
    const { hasMoreUpcoming, hasMorePast, since } = this.lists
    const isShown = (one: LiveClass) =>
      fits(filter, one) &&
      // What was loaded from behind a gap waits until the gap is closed.
      (one.status === 'live' || one.status === 'scheduled' || latest(one) >= since)
    const sections = sectionsOf(agenda, isShown)
    return { isLoaded, agenda, sections, filter, isBusy, hasMoreUpcoming, hasMorePast, isAway, problem }
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
        if (isAgendaEvent(one) && mayConcern(one, this.ports.courseId)) this.receive(one)
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
    const made = await this.plan({ id: this.nextId, title, courseId: course.id })
    await this.school.start(made.id)
    this.nextId = newId()
    return made.id
  }

  async plan(plan: CreateLiveClass & { id: string }): Promise<LiveClass> {
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

  /** A class that was planned or changed elsewhere on the page, and its course if that is new. */
  took(liveClass: LiveClass, course: Course | null = null): void {
    if (course) this.agenda = withCourse(this.agenda, course)
    this.put(liveClass)
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

  /** Shows other classes, from the first page. */
  async look(filter: ClassFilter): Promise<void> {
    this.filter = filter
    this.pages = FIRST
    await this.fetch()
  }

  /** Shows one page more. */
  async more(of: keyof Pages): Promise<void> {
    this.pages = { ...this.pages, [of]: this.pages[of] + 1 }
    await this.fetch()
  }

  /** How many are in the classes that run: nobody is told of everyone's coming and going. */
  async count(): Promise<void> {
    if (!this.isLoaded || this.view.sections.live.length === 0) return
    const { courseId } = this.ports
    const found = await this.school
      .classes({ status: 'live', limit: 50, ...(courseId === undefined ? {} : { courseId }) })
      .catch(() => null)
    for (const { id, participantCount } of found?.items ?? []) {
      const known = this.agenda.classes.get(id)
      if (known?.status === 'live') this.put({ ...known, participantCount })
    }
  }

  private fetch(): Promise<void> {
    this.isBusy = true
    this.views.changed()
    return this.reload()
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
      const [courses, { classes, ...lists }] = await Promise.all([
        courseId === undefined ? school.courses() : school.course(courseId).then((one) => [one]),
        fetchLists(school, this.filter, this.pages, courseId),
      ])
      this.lists = lists
      this.agenda = this.meanwhile.reduce(reduce, agendaOf(courses, classes))
      this.isLoaded = true
      this.problem = ''
      this.backoff.reset()
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error)
      this.isStale = true
    }
    this.meanwhile = null
    if (this.isClosed) return
    this.isBusy = this.isStale && this.problem === ''
    this.views.changed()
    if (this.isStale)
      this.timer = setTimeout(() => void this.reload(), this.problem ? this.backoff.next() : 0)
  }
}
