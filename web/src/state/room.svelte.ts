/** The session, for the page: a thin layer that turns its views into reactive values. */
import type { Participant, ParticipantHealth, Role, WaitingPerson } from '../protocol/protocol.gen'
import type { Session } from '../room/session'
import { unreadCount } from '../room/unread'
import type { SessionView } from '../room/view'
import { LineStreams } from '../rtc/slots'
import { paced } from './paced'
import { StageModel } from './stage.svelte'

export type Panel = 'chat' | 'people' | 'polls'

/** What opens over the room. */
export type Dialog = 'reactions' | 'settings' | 'shortcuts' | 'invite'

const NOBODY: readonly Participant[] = []

export class RoomModel {
  view: SessionView
  panel = $state<Panel | null>(null)
  dialog = $state<Dialog | null>(null)
  /** A tutor writes along what is said. */
  isWritingCaptions = $state(false)
  readonly stage = new StageModel()
  /** Hands and chat are in a window of their own, over all others. */
  isFloating = $state(false)
  /** Tiles that fit beside the stage. */
  stripSize = $state(3)
  /** The list of people shows only those who hardly see what a tutor shows. */
  isWeakOnly = $state(false)
  private seenSeq = $state(0)
  private readonly streams: LineStreams
  /** What one is in the course, whatever one is in this session. */
  courseRole: Role = 'tutor'

  constructor(readonly session: Session) {
    this.view = $state.raw(session.view)
    this.streams = new LineStreams((mid) => session.track(mid))
  }

  /** Follows the session until the answered function is called. */
  follow(): () => void {
    const show = paced((view: SessionView) => {
      // What was said before one came is not unread.
      const isEntering = this.view.room === null && view.room !== null
      this.view = view
      this.stage.follow(this.users, view.room?.activeSpeakerId ?? null)
      if (isEntering || this.panel === 'chat') this.markSeen()
    })
    const unfollow = this.session.subscribe(show)
    return () => {
      unfollow()
      show.stop()
    }
  }

  get users(): readonly Participant[] {
    return this.room?.users ?? NOBODY
  }

  // The view is new after each change; what follows from a part of it is only worked out when that part is.
  private readonly room = $derived.by(() => this.view.room)
  private readonly messages = $derived.by(() => this.view.messages)
  private readonly step = $derived.by(() => this.view.reception.ladder.step)
  private readonly selfId = $derived.by(() => this.view.selfId)
  private readonly isSharing = $derived.by(() => this.view.on.screen)

  readonly self = $derived.by(() => this.users.find((user) => user.id === this.selfId) ?? null)
  readonly isHandUp = $derived.by(() => this.selfId !== null && this.place(this.selfId) !== null)
  readonly unread = $derived.by(() => unreadCount(this.messages, this.seenSeq, this.self?.userId ?? null))
  readonly layout = $derived.by(() =>
    this.stage.arrange({
      users: this.users,
      slots: this.room?.slots ?? [],
      selfId: this.selfId ?? '',
      activeSpeakerId: this.room?.activeSpeakerId ?? null,
      step: this.step,
      stripSize: this.stripSize,
      isSharing: this.isSharing,
    }),
  )

  /** Who waits to be let in, for tutors to see. */
  get waiting(): readonly WaitingPerson[] {
    return this.isTutor ? (this.room?.waiting ?? []) : []
  }

  get isTutor(): boolean {
    return this.self?.role === 'tutor'
  }

  /** Who leads for this session only may not end it. */
  get mayEnd(): boolean {
    return this.isTutor && this.courseRole === 'tutor'
  }

  /** How somebody's connection fares, for tutors to see. */
  healthOf(participantId: string): ParticipantHealth | null {
    return this.isTutor ? (this.view.reception.health.people.get(participantId) ?? null) : null
  }

  /** The stream of a receiving line, of the present media connection. */
  stream(mid: string | null): MediaStream | null {
    return this.view.mediaEpoch > 0 && mid !== null ? this.streams.of(mid) : null
  }

  /** The number in the queue of raised hands, from 1; null for a hand that is down. */
  place(participantId: string): number | null {
    const at = (this.room?.hands ?? []).findIndex((hand) => hand.participantId === participantId)
    return at < 0 ? null : at + 1
  }

  toggleHand(): void {
    this.session.act(this.isHandUp ? 'lower-hand' : 'raise-hand', {})
  }

  togglePanel(panel: Panel): void {
    if (this.panel === panel) this.panel = null
    else this.openPanel(panel)
  }

  openPanel(panel: Panel, isWeakOnly = false): void {
    this.panel = panel
    this.isWeakOnly = isWeakOnly
    if (panel === 'chat') this.markSeen()
  }

  private markSeen(): void {
    this.seenSeq = this.view.messages.at(-1)?.seq ?? this.seenSeq
  }
}
