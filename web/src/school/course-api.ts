/** The calls behind the pages of a course. */
import { query } from '../protocol/query'
import type {
  AddToRoster,
  Analytics,
  Course,
  CourseAttendance,
  CreateInvite,
  ImportReport,
  Invite,
  InviteList,
  RosterEntry,
  RosterList,
  RosterRole,
  RosterState,
  Section,
  SectionList,
  UpdateCourse,
} from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'

export interface RosterWish {
  search?: string
  role?: string | null
  sectionId?: string | null
  state?: RosterState
  cursor?: string | null
  limit?: number
}

/** Moments, as ISO text. */
export interface Span {
  from: string | null
  to: string | null
}

export class CourseApi {
  private readonly path: string

  constructor(
    private readonly rest: RestClient,
    readonly courseId: string,
  ) {
    this.path = `/api/v1/courses/${courseId}`
  }

  change(body: UpdateCourse): Promise<Course> {
    return this.rest.call('PATCH', this.path, body)
  }

  archive(isArchived: boolean): Promise<Course> {
    return this.rest.call('POST', `${this.path}/${isArchived ? 'archive' : 'unarchive'}`)
  }

  async sections(): Promise<Section[]> {
    return (await this.rest.call<SectionList>('GET', `${this.path}/sections`)).items
  }

  addSection(name: string): Promise<Section> {
    return this.rest.call('POST', `${this.path}/sections`, { name })
  }

  renameSection(id: string, name: string): Promise<Section> {
    return this.rest.call('PATCH', `${this.path}/sections/${id}`, { name })
  }

  dropSection(id: string): Promise<null> {
    return this.rest.call('DELETE', `${this.path}/sections/${id}`)
  }

  roster(wish: RosterWish): Promise<RosterList> {
    return this.rest.call('GET', `${this.path}/roster${query({ limit: 100, ...wish })}`)
  }

  add(body: AddToRoster): Promise<RosterEntry> {
    return this.rest.call('POST', `${this.path}/roster`, body)
  }

  changePerson(userId: string, body: { role?: RosterRole; sectionId?: string | null }): Promise<RosterEntry> {
    return this.rest.call('PATCH', `${this.path}/roster/${userId}`, body)
  }

  remove(userId: string): Promise<null> {
    return this.rest.call('DELETE', `${this.path}/roster/${userId}`)
  }

  block(userId: string, isBlocked: boolean): Promise<RosterEntry> {
    return this.rest.call('POST', `${this.path}/roster/${userId}/${isBlocked ? 'block' : 'unblock'}`)
  }

  /** `isTrial`: only what would happen. */
  importRoster(content: Blob | string, isTrial: boolean): Promise<ImportReport> {
    const path = `${this.path}/roster/import${query({ createSections: true, dryRun: isTrial })}`
    return this.rest.call('POST', path, { type: 'text/csv', content })
  }

  rosterFile(): Promise<Blob> {
    return this.rest.file(`${this.path}/roster.csv`)
  }

  invites(cursor: string | null): Promise<InviteList> {
    return this.rest.call('GET', `${this.path}/invites${query({ limit: 50, cursor })}`)
  }

  makeInvite(body: CreateInvite): Promise<Invite> {
    return this.rest.call('POST', `${this.path}/invites`, body)
  }

  revokeInvite(id: string): Promise<null> {
    return this.rest.call('DELETE', `${this.path}/invites/${id}`)
  }

  attendance(span: Span): Promise<CourseAttendance> {
    return this.rest.call('GET', `${this.path}/attendance${query(span)}`)
  }

  attendanceFile(span: Span): Promise<Blob> {
    return this.rest.file(`${this.path}/attendance${query({ ...span, format: 'csv' })}`)
  }

  analytics(span: Span): Promise<Analytics> {
    return this.rest.call('GET', `${this.path}/analytics${query(span)}`)
  }
}
