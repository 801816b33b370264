/** The calls behind the page of a live class. */
import { query } from '../protocol/query'
import type {
  Analytics,
  ClassAttendance,
  CreateStreamKey,
  LiveClass,
  LiveClassDetails,
  LiveClassList,
  PollList,
  PollReport,
  ScheduledJob,
  ScheduledJobList,
  SeriesScope,
  StreamKey,
  StreamKeyInfo,
  StreamKeyList,
  UpdateLiveClass,
} from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'

export class ClassApi {
  private readonly path: string

  constructor(
    private readonly rest: RestClient,
    readonly id: string,
  ) {
    this.path = `/api/v1/live-classes/${id}`
  }

  details(): Promise<LiveClassDetails> {
    return this.rest.call('GET', this.path)
  }

  change(body: UpdateLiveClass): Promise<LiveClass> {
    return this.rest.call('PATCH', this.path, body)
  }

  remove(scope: SeriesScope): Promise<null> {
    return this.rest.call('DELETE', `${this.path}${query({ scope })}`)
  }

  /** Everybody's, for tutors; else one's own. */
  attendance(isTutor: boolean): Promise<ClassAttendance> {
    return this.rest.call('GET', `${this.path}/attendance${isTutor ? '' : '/me'}`)
  }

  attendanceFile(sessionId: string | null): Promise<Blob> {
    return this.rest.file(`${this.path}/attendance${query({ sessionId, format: 'csv' })}`)
  }

  analytics(): Promise<Analytics> {
    return this.rest.call('GET', `${this.path}/analytics`)
  }

  async polls(): Promise<PollReport[]> {
    return (await this.rest.call<PollList>('GET', `${this.path}/polls${query({ limit: 200 })}`)).items
  }

  async jobs(): Promise<ScheduledJob[]> {
    return (await this.rest.call<ScheduledJobList>('GET', `${this.path}/scheduled-jobs`)).items
  }

  async streamKeys(): Promise<StreamKeyInfo[]> {
    return (await this.rest.call<StreamKeyList>('GET', `${this.path}/stream-keys${query({ limit: 100 })}`))
      .items
  }

  makeStreamKey(body: CreateStreamKey): Promise<StreamKey> {
    return this.rest.call('POST', `${this.path}/stream-keys`, body)
  }

  revokeStreamKey(id: string): Promise<null> {
    return this.rest.call('DELETE', `${this.path}/stream-keys/${id}`)
  }

  /** How many classes of its series come before it. */
  async before({ seriesId, courseId, scheduledAt }: LiveClass): Promise<number> {
    if (seriesId === null || scheduledAt === null) return 0
    const path = `/api/v1/live-classes${query({ seriesId, courseId, to: scheduledAt, limit: 200 })}`
    return (await this.rest.call<LiveClassList>('GET', path)).items.length
  }
}
