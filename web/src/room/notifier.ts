/** Turns what happens in the room into short notes, and takes them away in time. */
import type { RoomPolicyChanged } from '../protocol/protocol.gen'
import { NoticeBoard, type Notice, type NoticeAction } from './notices'
import type { RoomEvent, RoomState } from './reducer'

/** "The class ends in 5 minutes, unless a tutor comes". */
export function endingText(at: string, now: number): string {
  const minutes = Math.max(1, Math.round((Date.parse(at) - now) / 60_000))
  return `The class ends in ${String(minutes)} ${minutes === 1 ? 'minute' : 'minutes'}, unless a tutor comes`
}

export class Notifier {
  private readonly board = new NoticeBoard()
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly onChange: () => void,
    private readonly now: () => number = Date.now,
  ) {}

  get notices(): Notice[] {
    return this.board.notices
  }

  say(kind: 'info' | 'problem', text: string, action?: NoticeAction): void {
    this.board.say(kind, text, this.now(), action)
    this.changed()
  }

  dismiss(id: number): void {
    this.board.dismiss(id)
    this.changed()
  }

  /** Notes arrivals and, for tutors, hands. `before` is the room before the event. */
  onEvent(before: RoomState, { event, data }: RoomEvent, selfId: string | null): void {
    if (
      event === 'user-joined' &&
      data.user.id !== selfId &&
      !before.users.some((u) => u.id === data.user.id)
    ) {
      this.person('joined', data.user.name)
    } else if (event === 'user-left' && data.participantId !== selfId) {
      const gone = before.users.find((user) => user.id === data.participantId)
      if (gone) this.person('left', gone.name)
    } else if (event === 'hands-changed') this.hands(before, data.hands, selfId)
    else if (event === 'waiting-changed') this.waiting(before, data.people)
    else if (event === 'session-ending-soon') this.say('problem', endingText(data.at, this.now()))
    else if (event === 'session-ending-cancelled') this.say('info', 'A tutor is here: the class goes on')
    else if (event === 'room-policy-changed') this.locks(before, data, selfId)
  }

  close(): void {
    clearTimeout(this.timer)
  }

  private hands(before: RoomState, hands: RoomState['hands'], selfId: string | null): void {
    const self = before.users.find((user) => user.id === selfId)
    if (self?.role !== 'tutor') return
    for (const { participantId } of hands) {
      if (participantId === selfId || before.hands.some((hand) => hand.participantId === participantId))
        continue
      const user = before.users.find((other) => other.id === participantId)
      if (user) this.person('hand', user.name)
    }
  }

  private waiting(before: RoomState, people: RoomState['waiting']): void {
    const known = new Set(before.waiting.map((one) => one.participantId))
    const news = people.filter((one) => !known.has(one.participantId))
    const [first] = news
    if (first)
      this.say(
        'info',
        news.length > 1
          ? `${String(news.length)} people wait to be let in`
          : `${first.name} waits to be let in`,
      )
  }

  /** Tells those concerned what was locked just now, and what is free again. */
  private locks(before: RoomState, change: RoomPolicyChanged, selfId: string | null): void {
    const { users, policy: old } = before
    if (users.find((user) => user.id === selfId)?.role === 'tutor') return
    const { policy, byName } = change
    if (policy.micLocked !== old.micLocked)
      this.say('info', `${byName} ${policy.micLocked ? 'locked' : 'unlocked'} microphones`)
    if (policy.cameraLocked !== old.cameraLocked)
      this.say('info', `${byName} ${policy.cameraLocked ? 'locked' : 'unlocked'} cameras`)
  }

  private person(kind: 'joined' | 'left' | 'hand', name: string): void {
    this.board.person(kind, name, this.now())
    this.changed()
  }

  private changed(): void {
    clearTimeout(this.timer)
    const end = this.board.nextEnd
    if (end !== null) {
      this.timer = setTimeout(() => {
        this.board.expire(this.now())
        this.changed()
      }, end - this.now())
    }
    this.onChange()
  }
}
