/** One's courses and live classes, as a pure function of what the server listed and of the events after that. */
import type { Course, LiveClass, ServerEventData } from '../protocol/protocol.gen'

export interface Agenda {
  readonly courses: ReadonlyMap<string, Course>
  readonly classes: ReadonlyMap<string, LiveClass>
}

export interface Sections {
  /** Last started, first. */
  live: LiveClass[]
  /** Soonest first; those without a time last. */
  upcoming: LiveClass[]
  /** Those that ended and those that were cancelled, latest first. */
  past: LiveClass[]
}

type AgendaEventName =
  | 'live-class-scheduled'
  | 'live-class-updated'
  | 'live-class-started'
  | 'live-class-ended'
  | 'live-class-cancelled'
  | 'live-class-deleted'
  | 'live-class-duration-updated'
  | 'live-class-progress'
  | 'enrolment-changed'
export type AgendaEvent = { [E in AgendaEventName]: { event: E; data: ServerEventData[E] } }[AgendaEventName]

export const EMPTY: Agenda = { courses: new Map(), classes: new Map() }

const NAMES: ReadonlySet<string> = new Set<AgendaEventName>([
  'live-class-scheduled',
  'live-class-updated',
  'live-class-started',
  'live-class-ended',
  'live-class-cancelled',
  'live-class-deleted',
  'live-class-duration-updated',
  'live-class-progress',
  'enrolment-changed',
])

export function isAgendaEvent(event: { event: string; data: object }): event is AgendaEvent {
  return NAMES.has(event.event)
}

/** False for what is about another course than this; one is told of all one's courses. */
export function mayConcern({ data }: AgendaEvent, courseId: string | undefined): boolean {
  if (courseId === undefined) return true
  if ('liveClass' in data) return data.liveClass.courseId === courseId
  return !('courseId' in data) || data.courseId === courseId
}

const byId = <T extends { id: string }>(items: readonly T[]) => new Map(items.map((item) => [item.id, item]))

export function agendaOf(courses: readonly Course[], classes: readonly LiveClass[]): Agenda {
  return { courses: byId(courses), classes: byId(classes) }
}

export function withClass(agenda: Agenda, liveClass: LiveClass): Agenda {
  return { ...agenda, classes: new Map(agenda.classes).set(liveClass.id, liveClass) }
}

/** What is known of it with something newer; nothing when it is not known. */
function changed(agenda: Agenda, id: string, over: Partial<LiveClass>): Agenda {
  const known = agenda.classes.get(id)
  return known ? withClass(agenda, { ...known, ...over }) : agenda
}

export function withCourse(agenda: Agenda, course: Course): Agenda {
  return { ...agenda, courses: new Map(agenda.courses).set(course.id, course) }
}

/** The agenda after one event. What a new enrolment opens is not in the event: it has to be listed. */
export function reduce(agenda: Agenda, { event, data }: AgendaEvent): Agenda {
  switch (event) {
    case 'live-class-deleted': {
      const classes = new Map(agenda.classes)
      classes.delete(data.liveClassId)
      return { ...agenda, classes }
    }
    case 'live-class-duration-updated':
      return changed(agenda, data.liveClassId, { durationMinutes: data.durationMinutes })
    case 'live-class-progress':
      return changed(agenda, data.liveClassId, { participantCount: data.participantCount })
    case 'enrolment-changed': {
      if (data.role !== null) return agenda
      const courses = new Map(agenda.courses)
      courses.delete(data.courseId)
      const rest = [...agenda.classes.values()].filter((one) => one.courseId !== data.courseId)
      return { courses, classes: byId(rest) }
    }
    default:
      return withClass(agenda, data.liveClass)
  }
}

const time = (text: string | null) => (text === null ? null : Date.parse(text))
/** When it took place, or should have. */
const pastTime = (one: LiveClass) => time(one.endedAt ?? one.scheduledAt) ?? 0

// Infinity minus Infinity is no number.
const soonest = (one: LiveClass) => time(one.scheduledAt) ?? Number.MAX_SAFE_INTEGER

/** `fits`: only those for which it is true. */
export function sectionsOf({ classes }: Agenda, fits: (one: LiveClass) => boolean = () => true): Sections {
  const all = [...classes.values()].filter(fits)
  const having = (...statuses: LiveClass['status'][]) => all.filter((one) => statuses.includes(one.status))
  return {
    live: having('live').sort((a, b) => (time(b.startedAt) ?? 0) - (time(a.startedAt) ?? 0)),
    upcoming: having('scheduled').sort(
      (a, b) => soonest(a) - soonest(b) || a.title.localeCompare(b.title) || (a.id < b.id ? -1 : 1),
    ),
    past: having('ended', 'cancelled').sort((a, b) => pastTime(b) - pastTime(a)),
  }
}

/** The courses that one may plan classes in, newest first. */
export function ownCourses({ courses }: Agenda, isAdmin: boolean): Course[] {
  return [...courses.values()]
    .filter((one) => one.archivedAt === null && (one.role === 'tutor' || (isAdmin && one.role === null)))
    .sort(
      (a, b) =>
        Number(b.role === 'tutor') - Number(a.role === 'tutor') ||
        Date.parse(b.createdAt) - Date.parse(a.createdAt),
    )
}

/** The course of a class that is started now: that of the last class, or the newest; null when there is none. */
export function courseForNow(agenda: Agenda, isAdmin: boolean): Course | null {
  const own = ownCourses(agenda, isAdmin).filter((one) => one.role === 'tutor')
  const { live, past } = sectionsOf(agenda)
  const last = [...live, ...past].find((one) => own.some((course) => course.id === one.courseId))
  return own.find((course) => course.id === last?.courseId) ?? own[0] ?? null
}
