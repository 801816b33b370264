/** What is known of one live class, kept true by the socket. */
import type { Account } from '../auth/account'
import type { TokenSource } from '../auth/source'
import { School } from '../home/school'
import { Backoff } from '../protocol/backoff'
import type { Course, LiveClassDetails, RosterEntry, Section } from '../protocol/protocol.gen'
import { RestClient, RestError } from '../protocol/rest'
import type { RoomSocket, ServerEvent } from '../protocol/room-socket'
import type { SharedSocket } from '../protocol/shared-socket'
import { Broadcast } from '../room/broadcast'
import { ClassApi } from './class-api'
import { CourseApi } from './course-api'

export interface ClassView {
  /** Null until it is known. */
  details: LiveClassDetails | null
  course: Course | null
  /** Those who teach the course, as far as one may know. */
  tutors: readonly RosterEntry[]
  section: Section | null
  /** It is not there, or not for this person. */
  isGone: boolean
  problem: string
}

export interface WatchPorts {
  rest: RestClient
  socket: RoomSocket
  account: Pick<TokenSource, 'renew'>
}

const EVENTS: readonly ServerEvent[] = [
  'live-class-scheduled',
  'live-class-updated',
  'live-class-started',
  'live-class-ended',
  'live-class-cancelled',
  'live-class-duration-updated',
]

const EMPTY: ClassView = {
  details: null,
  course: null,
  tutors: [],
  section: null,
  isGone: false,
  problem: '',
}
const PATIENCE_MS = 500

export class ClassWatch {
  view = EMPTY
  readonly api: ClassApi
  readonly school: School
  private readonly views = new Broadcast(() => this.view)
  private readonly backoff = new Backoff({ base: 1_000, max: 15_000, jitter: 0.3 })
  private timer: ReturnType<typeof setTimeout> | undefined
  private isLooking = false
  private isStale = false
  private isClosed = false

  constructor(
    private readonly id: string,
    private readonly ports: WatchPorts,
  ) {
    this.api = new ClassApi(ports.rest, id)
    this.school = new School(ports.rest)
  }

  subscribe(listener: (view: ClassView) => void): () => void {
    return this.views.subscribe(listener)
  }

  open(): void {
    this.timer = setTimeout(() => void this.look(), PATIENCE_MS)
    this.ports.socket.open({
      onConnect: () => void this.look(),
      onDisconnect: () => undefined,
      onRefused: () => void this.ports.account.renew().catch(() => null),
      onEvent: (event, data) => {
        if (event === 'live-class-deleted' && 'liveClassId' in data && data.liveClassId === this.id)
          this.show({ details: null, isGone: true })
        else if (event === 'enrolment-changed' || (EVENTS.includes(event) && this.isAbout(data)))
          void this.look()
      },
    })
  }

  close(): void {
    this.isClosed = true
    clearTimeout(this.timer)
    this.ports.socket.close()
  }

  private isAbout(data: object): boolean {
    if ('liveClassId' in data) return data.liveClassId === this.id
    return 'liveClass' in data && (data.liveClass as { id: string }).id === this.id
  }

  private show(over: Partial<ClassView>): void {
    this.view = { ...this.view, ...over }
    this.views.changed()
  }

  /** Asks for everything anew; one question at a time, the last of them with the newest answer. */
  async look(): Promise<void> {
    if (this.isLooking) {
      this.isStale = true
      return
    }
    clearTimeout(this.timer)
    this.isLooking = true
    this.isStale = false
    try {
      const details = await this.api.details()
      if (this.view.course?.id !== details.courseId) await this.meet(details.courseId)
      this.show({ details, section: await this.sectionOf(details), isGone: false, problem: '' })
      this.backoff.reset()
    } catch (error) {
      this.failed(error)
    }
    this.isLooking = false
    if (this.isStale && !this.isClosed) void this.look()
  }

  private failed(error: unknown): void {
    if (error instanceof RestError && (error.code === 'not_found' || error.code === 'forbidden')) {
      this.show({ details: null, isGone: true })
      return
    }
    this.show({ problem: error instanceof Error ? error.message : String(error) })
    if (!this.isClosed) this.timer = setTimeout(() => void this.look(), this.backoff.next())
  }

  /** The course and those who teach it; guests may not see them. */
  private async meet(courseId: string): Promise<void> {
    const course = await this.school.course(courseId)
    const roster = await new CourseApi(this.ports.rest, courseId)
      .roster({ role: 'tutor', limit: 20 })
      .catch(() => null)
    this.view = { ...this.view, course, tutors: roster?.items ?? [] }
  }

  private async sectionOf({ courseId, sectionId }: LiveClassDetails): Promise<Section | null> {
    if (sectionId === null || this.view.section?.id === sectionId)
      return sectionId === null ? null : this.view.section
    const sections = await new CourseApi(this.ports.rest, courseId).sections().catch(() => [])
    return sections.find(({ id }) => id === sectionId) ?? null
  }
}

/** With everything real. */
export function openClass(account: Account, line: SharedSocket, id: string): ClassWatch {
  const rest = new RestClient(account)
  const watch = new ClassWatch(id, { rest, socket: line.share(), account })
  watch.open()
  return watch
}
