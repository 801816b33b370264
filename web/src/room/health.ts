/** How everyone's connection fares, as tutors are told: whose changed, and the counts. */
import type { HealthOverview, Participant, ParticipantHealth } from '../protocol/protocol.gen'
import { isWithoutPictures } from './ladder'
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

export const jerks = (): string =>
  'The video of a stream jerks, as its encoder makes B-frames. Turn them off there (x264: bframes=0 or tune=zerolatency).'

/** What a tutor has to know at a glance; tutors themselves are not counted. */
export interface Strains {
  /** On a poor line, or lost. */
  readonly weak: number
  /** A tutor's picture or screen is on, and they do not see it well. */
  readonly cannotSee: number
  readonly of: number
  /** On a step of the ladder without pictures. */
  readonly soundOnly: number
}

const NO_STRAIN: Strains = { weak: 0, cannotSee: 0, of: 0, soundOnly: 0 }

export function strains({ people, overview }: HealthView, users: readonly Participant[]): Strains {
  if (!overview) return NO_STRAIN
  const isWithout = ({ id, role }: Participant) => {
    const step = people.get(id)?.reception
    return role !== 'tutor' && step !== undefined && isWithoutPictures(step)
  }
  return {
    weak: overview.poor + overview.lost,
    cannotSee: overview.cannotSee,
    of: overview.participants,
    soundOnly: users.filter(isWithout).length,
  }
}

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
