import { describe, expect, it } from 'vitest'
import type { Course, LiveClass } from '../protocol/protocol.gen'
import { liveClass } from '../testing/room'
import { agendaOf, courseForNow, ownCourses, reduce, sectionsOf, type AgendaEvent } from './agenda'

const course = (id: string, over: Partial<Course> = {}): Course => ({
  id,
  title: id,
  description: '',
  role: 'tutor',
  sectionId: null,
  memberCount: 1,
  createdBy: null,
  createdAt: '2026-01-01T10:00:00Z',
  archivedAt: null,
  ...over,
})

const planned = (id: string, over: Partial<LiveClass> = {}): LiveClass => ({
  ...liveClass,
  id,
  courseId: 'maths',
  title: id,
  status: 'scheduled',
  scheduledAt: '2026-03-02T10:00:00Z',
  startedAt: null,
  ...over,
})

const agenda = agendaOf(
  [course('maths'), course('art', { role: 'student' })],
  [
    planned('later', { scheduledAt: '2026-03-03T10:00:00Z' }),
    planned('soon'),
    planned('anytime', { scheduledAt: null }),
    planned('drawing', { courseId: 'art' }),
    planned('old', { status: 'ended', endedAt: '2026-02-01T11:00:00Z' }),
    planned('older', { status: 'ended', endedAt: '2026-01-01T11:00:00Z' }),
  ],
)

const ids = (classes: LiveClass[]) => classes.map((one) => one.id)
const after = (...events: AgendaEvent[]) => sectionsOf(events.reduce(reduce, agenda))

describe('sections', () => {
  it('are in the order in which one looks for them', () => {
    const { live, upcoming, past } = sectionsOf(agenda)
    expect(ids(live)).toEqual([])
    expect(ids(upcoming)).toEqual(['drawing', 'soon', 'later', 'anytime'])
    expect(ids(past)).toEqual(['old', 'older'])
  })

  it('can be those of one course', () => {
    expect(ids(sectionsOf(agenda, (one) => one.courseId === 'art').upcoming)).toEqual(['drawing'])
  })
})

describe('events', () => {
  const started = planned('soon', { status: 'live', startedAt: '2026-03-02T10:01:00Z' })
  const ended: LiveClass = { ...started, status: 'ended', endedAt: '2026-03-02T11:00:00Z' }

  it('move a class from section to section', () => {
    const one = after({ event: 'live-class-started', data: { liveClass: started } })
    expect(ids(one.live)).toEqual(['soon'])
    expect(ids(one.upcoming)).not.toContain('soon')
    const two = after(
      { event: 'live-class-started', data: { liveClass: started } },
      { event: 'live-class-ended', data: { liveClass: ended, reason: 'tutor' } },
    )
    expect(ids(two.live)).toEqual([])
    expect(ids(two.past)).toEqual(['soon', 'old', 'older'])
  })

  it('bring new classes, move them, and take them away', () => {
    const extra = planned('extra', { scheduledAt: '2026-03-01T10:00:00Z' })
    expect(ids(after({ event: 'live-class-scheduled', data: { liveClass: extra } }).upcoming)[0]).toBe(
      'extra',
    )
    const moved = planned('soon', { scheduledAt: '2026-04-01T10:00:00Z' })
    expect(ids(after({ event: 'live-class-updated', data: { liveClass: moved } }).upcoming)).toEqual([
      'drawing',
      'later',
      'soon',
      'anytime',
    ])
    const off = planned('soon', { status: 'cancelled' })
    const cancelled = after({ event: 'live-class-cancelled', data: { liveClass: off, reason: null } })
    expect(ids(cancelled.past)[0]).toBe('soon')
    const deleted = after({ event: 'live-class-deleted', data: { liveClassId: 'soon', courseId: 'maths' } })
    expect(ids([...deleted.upcoming, ...deleted.past])).not.toContain('soon')
  })

  it('tell how long one takes and how many are there', () => {
    const live = reduce(agenda, { event: 'live-class-started', data: { liveClass: started } })
    const of = { liveClassId: 'soon', sessionId: 'session-1' }
    const longer = reduce(live, {
      event: 'live-class-duration-updated',
      data: { ...of, durationMinutes: 90, remainingSeconds: 60 },
    })
    const fuller = reduce(longer, {
      event: 'live-class-progress',
      data: { ...of, elapsedSeconds: 1, remainingSeconds: 59, participantCount: 12 },
    })
    expect(fuller.classes.get('soon')).toMatchObject({ durationMinutes: 90, participantCount: 12 })
    const unknown = {
      event: 'live-class-duration-updated' as const,
      data: { ...of, liveClassId: 'no', durationMinutes: 1, remainingSeconds: 1 },
    }
    expect(reduce(agenda, unknown)).toBe(agenda)
  })

  it('take a course away with all its classes when one is in it no more', () => {
    const event = {
      event: 'enrolment-changed',
      data: { courseId: 'art', sectionId: null, role: null },
    } as const
    const next = reduce(agenda, event)
    expect([...next.courses.keys()]).toEqual(['maths'])
    expect(ids(sectionsOf(next).upcoming)).not.toContain('drawing')
  })
})

describe('the course of a class that is started now', () => {
  it('is one that one teaches', () => {
    expect(courseForNow(agenda, false)?.id).toBe('maths')
    expect(courseForNow(agendaOf([course('art', { role: 'student' })], []), false)).toBeNull()
    expect(courseForNow(agendaOf([], []), true)).toBeNull()
  })

  it('is that of the last class, else the newest', () => {
    const courses = [course('maths'), course('new', { createdAt: '2026-02-01T10:00:00Z' })]
    expect(courseForNow(agendaOf(courses, []), false)?.id).toBe('new')
    const past = planned('old', { status: 'ended', endedAt: '2026-02-01T11:00:00Z' })
    expect(courseForNow(agendaOf(courses, [past]), false)?.id).toBe('maths')
  })

  it('is not a foreign one of an admin, though classes can be planned there', () => {
    const foreign = agendaOf([course('theirs', { role: null })], [])
    expect(courseForNow(foreign, true)).toBeNull()
    expect(ownCourses(foreign, true)).toHaveLength(1)
    expect(ownCourses(foreign, false)).toEqual([])
    expect(ownCourses(agendaOf([course('a', { archivedAt: '2026-01-02T10:00:00Z' })], []), true)).toEqual([])
  })
})
