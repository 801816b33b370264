/** The calls behind the pages outside of a class: one's courses and live classes, and how one gets into them. */
import type {
  CalendarFeed,
  Course,
  CourseList,
  CreateCourse,
  CreateLiveClass,
  InviteAccepted,
  InviteInfo,
  LiveClass,
  LiveClassList,
  NewCalendarFeed,
  SeriesScope,
} from '../protocol/protocol.gen'
import { query } from '../protocol/query'
import { RestError, type RestClient } from '../protocol/rest'

/** The most that the server gives at once. */
export const PAGE = 200
/** More pages than that are not fetched in one go. */
const MOST_PAGES = 10

export type ClassStatus = 'live' | 'upcoming' | 'ended' | 'cancelled'

export interface ClassQuery {
  status: ClassStatus
  limit: number
  courseId?: string | null
  from?: string | null
  to?: string | null
  cursor?: string | null
}

export class School {
  constructor(readonly rest: RestClient) {}

  async courses(): Promise<Course[]> {
    const courses: Course[] = []
    let cursor: string | null = null
    for (let page = 0; page < MOST_PAGES && (page === 0 || cursor !== null); page++) {
      const list: CourseList = await this.rest.call('GET', `/api/v1/courses${query({ limit: PAGE, cursor })}`)
      courses.push(...list.items)
      cursor = list.nextCursor
    }
    return courses
  }

  course(id: string): Promise<Course> {
    return this.rest.call('GET', `/api/v1/courses/${id}`)
  }

  createCourse(title: string, description = ''): Promise<Course> {
    const body: CreateCourse = description ? { title, description } : { title }
    return this.rest.call('POST', '/api/v1/courses', body)
  }

  /** So many pages, or fewer when there are no more. */
  async classes(wanted: ClassQuery, pages = 1): Promise<LiveClassList> {
    const items: LiveClass[] = []
    let nextCursor = wanted.cursor ?? null
    for (let page = 0; page < pages && (page === 0 || nextCursor !== null); page++) {
      const path = `/api/v1/live-classes${query({ ...wanted, cursor: nextCursor })}`
      const list: LiveClassList = await this.rest.call('GET', path)
      items.push(...list.items)
      nextCursor = list.nextCursor
    }
    return { items, nextCursor }
  }

  /** Its id makes a second try, after the answer to the first was lost, the same class. */
  async createClass(plan: CreateLiveClass & { id: string }): Promise<LiveClass> {
    try {
      return await this.rest.call('POST', '/api/v1/live-classes', plan)
    } catch (error) {
      if (!(error instanceof RestError && error.code === 'already_exists')) throw error
      return this.rest.liveClass(plan.id)
    }
  }

  start(id: string): Promise<void> {
    return this.rest.start(id)
  }

  end(id: string): Promise<LiveClass> {
    return this.rest.call('POST', `/api/v1/live-classes/${id}/end`)
  }

  cancel(id: string, scope: SeriesScope = 'this', reason: string | null = null): Promise<LiveClass> {
    return this.rest.call('POST', `/api/v1/live-classes/${id}/cancel`, { scope, reason })
  }

  calendarFile(id: string): Promise<Blob> {
    return this.rest.file(`/api/v1/live-classes/${id}/calendar.ics`)
  }

  calendar(): Promise<CalendarFeed> {
    return this.rest.call('GET', '/api/v1/me/calendar')
  }

  makeCalendar(): Promise<NewCalendarFeed> {
    return this.rest.call('POST', '/api/v1/me/calendar')
  }

  dropCalendar(): Promise<null> {
    return this.rest.call('DELETE', '/api/v1/me/calendar')
  }

  invite(token: string): Promise<InviteInfo> {
    return this.rest.call('GET', `/api/v1/invites/${token}`)
  }

  /** `name` is a guest's; who is signed in comes as oneself. */
  accept(token: string, name?: string): Promise<InviteAccepted> {
    return this.rest.call('POST', `/api/v1/invites/${token}/accept`, name === undefined ? {} : { name })
  }
}
