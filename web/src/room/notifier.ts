/** Turns what happens in the room into short notes, and takes them away in time. */
import { plural } from '../i18n/plural'
import type { Hand, RoomPolicyChanged, UserUpdated } from '../protocol/protocol.gen'
import { serverClock } from '../protocol/clock'
import { NoticeBoard, type Doer, type Doing, type Notice, type NoticeAction, type Saying } from './notices'
import { policyNews } from './policy-news'
import type { RoomEvent, RoomState } from './reducer'

/** "The class ends in 5 minutes, unless a tutor comes". */
export function endingText(at: string, now: number): string {
  const minutes = Math.max(1, Math.round((Date.parse(at) - now) / 60_000))
  return plural(minutes, [
    'The class ends in # minute, unless a tutor comes',
    'The class ends in # minutes, unless a tutor comes',
  ])
}

/** Does what a tutor can do about a notice. */
export interface Actor {
  act(event: 'let-speak' | 'admit', data: { participantId: string }): void
}

export class Notifier {
  private readonly board = new NoticeBoard((kind, doers) => this.actionFor(kind, doers))
  private timer: ReturnType<typeof setTimeout> | undefined
  /** Shows the list of people; set by the page. */
  showPeople: () => void = () => undefined
  /** Somebody needs this tutor, who may be looking elsewhere; set by the page. */
  call: (text: string) => void = () => undefined

  constructor(
    private readonly onChange: () => void,
    private readonly actor: Actor,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get notices(): Notice[] {
    return this.board.notices
  }

  say(kind: Saying, text: string, action?: NoticeAction): void {
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
      this.person('joined', data.user)
    } else if (event === 'user-left' && data.participantId !== selfId) {
      const gone = before.users.find((user) => user.id === data.participantId)
      if (gone) this.person('left', gone)
    } else if (event === 'user-updated') this.role(before, data, selfId)
    else if (event === 'hands-changed') this.hands(before, data.hands, selfId)
    else if (event === 'waiting-changed') this.waiting(before, data.people)
    else if (event === 'session-ending-soon') this.say('problem', endingText(data.at, serverClock.now()))
    else if (event === 'session-ending-cancelled') this.say('info', 'A tutor is here: the class goes on')
    else if (event === 'room-policy-changed') this.policy(before, data, selfId)
  }

  close(): void {
    clearTimeout(this.timer)
  }

  private actionFor(kind: Doing, doers: readonly Doer[]): NoticeAction | null {
    if (kind !== 'hand' && kind !== 'waiting') return null
    const [doer] = doers
    if (!doer || doers.length > 1) {
      const run = () => {
        this.showPeople()
      }
      return { label: /* @wc-include */ 'Show', run }
    }
    const { id: participantId } = doer
    return kind === 'hand'
      ? {
          label: 'Let speak',
          run: () => {
            this.actor.act('let-speak', { participantId })
          },
        }
      : {
          label: 'Let in',
          run: () => {
            this.actor.act('admit', { participantId })
          },
        }
  }

  private hands(before: RoomState, hands: readonly Hand[], selfId: string | null): void {
    const self = before.users.find((user) => user.id === selfId)
    if (self?.role !== 'tutor') this.ownHand(before, hands, selfId)
    else {
      const had = new Set(before.hands.map((hand) => hand.participantId))
      const open = new Set(hands.filter((hand) => !hand.isAnswered).map((hand) => hand.participantId))
      for (const { participantId } of before.hands)
        if (!open.has(participantId)) this.board.undone('hand', participantId, this.now())
      for (const participantId of open) {
        if (participantId === selfId || had.has(participantId)) continue
        const user = before.users.find((other) => other.id === participantId)
        if (user) this.person('hand', user)
      }
      this.changed()
    }
  }

  /** Tells who raised a hand how many are before them, and when their turn is over. */
  private ownHand(before: RoomState, hands: readonly Hand[], selfId: string | null): void {
    const placeIn = (queue: readonly Hand[]) => queue.findIndex((hand) => hand.participantId === selfId)
    const [was, is] = [placeIn(before.hands), placeIn(hands)]
    const wasAnswered = before.hands[was]?.isAnswered ?? false
    if (is < 0) {
      if (wasAnswered && before.policy.micLocked)
        this.say('info', 'Your turn to speak is over: your microphone is locked again')
      else if (wasAnswered) this.say('info', 'Your hand is down')
    } else if (hands[is]?.isAnswered) return
    else if (was < 0 && is > 0) this.say('info', `Your hand is up: you are number ${String(is + 1)}`)
    else if (was < 0) this.say('info', 'Your hand is up: you are next')
    else if (was > 0 && is === 0) this.say('info', 'You are next')
  }

  private waiting(before: RoomState, people: RoomState['waiting']): void {
    const known = new Set(before.waiting.map((one) => one.participantId))
    const present = new Set(people.map((one) => one.participantId))
    for (const id of known) if (!present.has(id)) this.board.undone('waiting', id, this.now())
    for (const { participantId: id, name } of people) if (!known.has(id)) this.person('waiting', { id, name })
    this.changed()
  }

  /** Tells those concerned what was locked just now, and what is free again. */
  private policy(before: RoomState, { policy, byName }: RoomPolicyChanged, selfId: string | null): void {
    if (before.users.find((user) => user.id === selfId)?.role === 'tutor') return
    for (const text of policyNews(before.policy, policy, byName)) this.say('info', text)
  }

  /** One leads the class now, or no longer. */
  private role(before: RoomState, { user }: UserUpdated, selfId: string | null): void {
    const self = before.users.find((one) => one.id === selfId)
    if (user.id !== selfId || !self || self.role === user.role) return
    if (user.role === 'tutor') this.say('info', 'You lead this class too now: look into the Class menu')
    else if (self.role === 'tutor') this.say('info', 'You no longer lead this class')
  }

  private person(kind: Doing, { id, name }: Doer): void {
    this.board.person(kind, { id, name }, this.now())
    if (kind === 'hand' || kind === 'waiting') {
      const text = this.notices.find((notice) => notice.kind === kind)?.text
      if (text !== undefined) this.call(text)
    }
    this.changed()
  }

  /** Takes away what has had its time, and says that something is different. */
  changed(): void {
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
