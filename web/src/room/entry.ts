/** Getting in, and getting in again: joins when the socket is there, tries again what may pass, knows what is final. */
import { Backoff } from '../protocol/backoff'
import { mayRetry, RequestError } from '../protocol/room-socket'
import type { Joined } from '../protocol/protocol.gen'
import type { EndReason, WaitingFor } from './view'

export interface EntryPorts {
  request(): Promise<Joined>
  /** True once one was in the room, also before a refresh: then "not live" means that the class has ended. */
  wasInside(): boolean
  onJoined(answer: Joined): void
  /** The class is not live yet, or a tutor has to let one in. */
  onWaiting(waitingFor: WaitingFor): void
  onEnd(reason: EndReason, message: string): void
  onChange(): void
}

/** How long the socket has been away: most come back before anything is shown, and few before anything is to be done. */
export type Away = 'no' | 'short' | 'long' | 'lost'

/** After so many ms, each. */
export const AWAY_AFTER_MS = 1_000
export const LONG_AFTER_MS = 3_000
export const LOST_AFTER_MS = 30_000

const STAGES: readonly (readonly [Away, number])[] = [
  ['short', AWAY_AFTER_MS],
  ['long', LONG_AFTER_MS],
  ['lost', LOST_AFTER_MS],
]

export const classEnded = (): string => 'The class has ended'

export class Entry {
  private joined = false
  private stage: Away = 'no'
  private isStopped = false
  /** Grows with each try, so that an answer to an older one is not taken. */
  private turn = 0
  private awayTimers: ReturnType<typeof setTimeout>[] = []
  private retryTimer: ReturnType<typeof setTimeout> | undefined
  private readonly backoff = new Backoff({ base: 500, max: 5_000, jitter: 0.5 })

  constructor(private readonly ports: EntryPorts) {
    // Until the socket is there for the first time it is away as well.
    this.lost()
  }

  get isJoined(): boolean {
    return this.joined
  }

  get away(): Away {
    return this.stage
  }

  /** The socket is there. */
  async join(): Promise<void> {
    clearTimeout(this.retryTimer)
    const turn = ++this.turn
    let answer: Joined
    try {
      answer = await this.ports.request()
    } catch (error) {
      if (this.isStopped || turn !== this.turn) return
      this.refused(error instanceof RequestError ? error : new RequestError('internal', String(error)))
      return
    }
    if (this.isStopped || turn !== this.turn) return
    this.returned()
    this.backoff.reset()
    if (answer.admission === 'waiting') {
      this.ports.onWaiting('admission')
      return
    }
    this.joined = true
    // Not inside the try: what goes wrong in this page is no refusal, and asking again would not mend it.
    this.ports.onJoined(answer)
  }

  /** The socket is gone. */
  lost(): void {
    if (this.isStopped) return
    this.joined = false
    this.turn++
    clearTimeout(this.retryTimer)
    // Lost once more before one was in again is the same absence.
    if (this.awayTimers.length > 0) return
    this.awayTimers = STAGES.map(([stage, after]) =>
      setTimeout(() => {
        this.stage = stage
        this.ports.onChange()
      }, after),
    )
  }

  stop(): void {
    this.isStopped = true
    this.joined = false
    this.returned()
    clearTimeout(this.retryTimer)
  }

  private returned(): void {
    for (const timer of this.awayTimers) clearTimeout(timer)
    this.awayTimers = []
    this.stage = 'no'
  }

  private refused(error: RequestError): void {
    if (error.code === 'not_live') {
      if (this.ports.wasInside()) this.ports.onEnd('ended', classEnded())
      else {
        this.returned()
        this.ports.onWaiting('start')
      }
    } else if (error.code === 'class_full') this.ports.onEnd('full', 'The class is full.')
    else if (error.code === 'room_locked') this.ports.onEnd('locked', 'The class is locked.')
    else if (!mayRetry(error)) this.ports.onEnd('refused', error.message)
    else if (error.code !== 'offline')
      this.retryTimer = setTimeout(() => void this.join(), this.backoff.next())
  }
}
