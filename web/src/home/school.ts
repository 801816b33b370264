/** The calls behind the pages outside of a class. */
import type {
  Course,
  CourseList,
  CreateLiveClass,
  ImportReport,
  InviteAccepted,
  InviteInfo,
  LiveClass,
  LiveClassList,
  RosterList,
} from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'

const PAGE = 200
/** More pages than that are not fetched in one go. */
const MOST_PAGES = 10

type ClassStatus = 'live' | 'upcoming' | 'ended' | 'cancelled'

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

  createCourse(title: string): Promise<Course> {
    return this.rest.call('POST', '/api/v1/courses', { title })
  }

  async classes(status: ClassStatus, limit: number, courseId?: string): Promise<LiveClass[]> {
    const list = await this.rest.call<LiveClassList>(
      'GET',
      `/api/v1/live-classes${query({ status, limit, courseId })}`,
    )
    return list.items
  }

  createClass(plan: CreateLiveClass): Promise<LiveClass> {
    return this.rest.call('POST', '/api/v1/live-classes', plan)
  }

  start(id: string): Promise<void> {
    return this.rest.start(id)
  }

  end(id: string): Promise<LiveClass> {
    return this.rest.call('POST', `/api/v1/live-classes/${id}/end`)
  }

  cancel(id: string): Promise<LiveClass> {
    return this.rest.call('POST', `/api/v1/live-classes/${id}/cancel`, {})
  }

  roster(courseId: string, cursor: string | null): Promise<RosterList> {
    return this.rest.call('GET', `/api/v1/courses/${courseId}/roster${query({ limit: 100, cursor })}`)
  }

  importRoster(courseId: string, content: string | Blob): Promise<ImportReport> {
    return this.rest.call('POST', `/api/v1/courses/${courseId}/roster/import?createSections=true`, {
      type: 'text/csv',
      content,
    })
  }

  invite(token: string): Promise<InviteInfo> {
    return this.rest.call('GET', `/api/v1/invites/${token}`)
  }

  /** `name` is a guest's; who is signed in comes as oneself. */
  accept(token: string, name?: string): Promise<InviteAccepted> {
    return this.rest.call('POST', `/api/v1/invites/${token}/accept`, name === undefined ? {} : { name })
  }
}

function query(values: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined)
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([k, v]) => [k, String(v)])).toString()}`
}
