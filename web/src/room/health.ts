/** How everyone's connection fares, as tutors are told: whose changed, and the counts. */
import type { HealthOverview, ParticipantHealth } from '../protocol/protocol.gen'
import type { RoomEvent } from './reducer'

export interface HealthView {
  /** By participant. */
  readonly people: ReadonlyMap<string, ParticipantHealth>
  readonly overview: HealthOverview | null
}

/** They hardly see what the tutor shows: a weak line, or a step without moving pictures. */
export const seesPoorly = ({ quality, reception }: ParticipantHealth): boolean =>
  quality === 'poor' ||
  quality === 'lost' ||
  reception === 'slides' ||
  reception === 'audio' ||
  reception === 'text'

export const B_FRAMES =
  'The video of a stream jerks, as its encoder makes B-frames. Turn them off there (x264: bframes=0 or tune=zerolatency).'

export class HealthBook {
  private people = new Map<string, ParticipantHealth>()
  private overview: HealthOverview | null = null

  /** `onBFrames`: the video of somebody began to jerk for want of what their encoder has to be told. */
  constructor(
    private readonly onChange: () => void,
    private readonly onBFrames: () => void,
  ) {}

  get view(): HealthView {
    return { people: this.people, overview: this.overview }
  }

  /** True for what was about health. */
  hear({ event, data }: RoomEvent): boolean {
    if (event === 'user-left') {
      if (this.people.has(data.participantId)) {
        this.people = new Map(this.people)
        this.people.delete(data.participantId)
      }
      return false
    }
    if (event !== 'health-changed') return false
    const isNew = data.participants.some((one) => one.bFrames && !this.people.get(one.participantId)?.bFrames)
    this.people = new Map([
      ...this.people,
      ...data.participants.map((one) => [one.participantId, one] as const),
    ])
    this.overview = data.overview
    this.onChange()
    if (isNew) this.onBFrames()
    return true
  }
}
