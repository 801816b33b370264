/**
 * One visit to a class: takes the seat, keeps the room in step with the server, and brings everything back after a
 * lost connection. It has no part in how things look.
 */
import { Conversation } from '../chat/conversation'
import type { Capture } from '../media/capture'
import type { ClientEvent } from '../protocol/room-socket'
import type { ClientEventData, Joined, Source } from '../protocol/protocol.gen'
import { Asides } from './asides'
import { Broadcast } from './broadcast'
import { classEnded, Entry } from './entry'
import { Feed } from './feed'
import { Media } from './media'
import { Notifier } from './notifier'
import { publishing } from './publishing'
import { Reception } from './reception'
import { roomEvent, type RoomEvent } from './reducer'
import { Locks } from './locks'
import type { SessionPorts } from './session-ports'
import { removalOf, type End, type EndReason, type SessionView, type WaitingFor } from './view'

/** The server is told of a leave, but not waited for longer than this many ms. */
const LEAVE_TIMEOUT_MS = 2_000

export class Session {
  private phase: SessionView['phase'] = 'connecting'
  private end: End | null = null
  private waitingFor: WaitingFor = 'start'
  private selfId: string | null = null
  private readonly views = new Broadcast(() => this.view)
  readonly notifier = new Notifier(this.views.changed, this)
  private readonly entry: Entry
  private readonly feed: Feed
  private readonly media: Media
  readonly locks: Locks
  readonly capture: Capture
  readonly chat: Conversation
  readonly reception: Reception
  readonly asides: Asides

  constructor(private readonly ports: SessionPorts) {
    const { socket, capture } = ports
    this.capture = capture
    const isJoined = () => this.entry.isJoined
    this.entry = new Entry({
      request: () => {
        const { seat, liveClassId } = ports
        const position = { ...this.feed.position, ...this.chat.position }
        const answer = socket.request('join-session', { liveClassId, seatKey: seat.key, ...position })
        this.media.asked()
        return answer
      },
      wasInside: () => ports.seat.isPresent,
      onJoined: (answer) => {
        this.joined(answer)
      },
      onWaiting: (waitingFor) => {
        this.phase = 'waiting'
        this.waitingFor = waitingFor
        this.views.changed()
      },
      onEnd: (reason, message) => {
        this.finish(reason, message)
      },
      onChange: this.views.changed,
    })
    this.feed = new Feed({
      resync: (lastSeq, within) => socket.request('resync', { lastSeq }, within),
      onEvent: (before, event, isNew) => {
        if (isNew) this.notifier.onEvent(before, event, this.selfId)
        this.asides.follow(event)
        this.locks.obey()
      },
      onCaughtUp: (answer) => {
        this.asides.catchUp(answer)
      },
      onChange: this.views.changed,
    })
    this.media = new Media({
      ...ports,
      feed: this.feed,
      isJoined,
      isSilent: () => this.reception.isSilent,
      publishing: () => this.locks.now,
      say: (kind, text, action) => {
        this.notifier.say(kind, text, action)
      },
      onChange: this.views.changed,
    })
    this.reception = new Reception({
      socket,
      notifier: this.notifier,
      memory: ports.seat,
      page: ports.page,
      isJoined,
      onChange: this.views.changed,
      onSilence: () => {
        this.media.play()
      },
    })
    this.asides = new Asides({ socket, isJoined, notifier: this.notifier, onChange: this.views.changed })
    this.locks = new Locks(capture, this.notifier, () => publishing(this.feed.state, this.selfId))
    this.chat = new Conversation({
      ...ports.chat,
      socket,
      selfId: () => this.feed.state?.users.find((user) => user.id === this.selfId)?.userId ?? null,
      isReady: isJoined,
      onChange: this.views.changed,
    })
  }

  /** Enters the room, or waits for it. */
  open(): void {
    this.media.open()
    this.ports.socket.open({
      onConnect: () => void this.entry.join(),
      onDisconnect: () => {
        this.entry.lost()
        this.chat.lost()
        this.media.lost()
      },
      onRefused: (error) => {
        this.finish('refused', error.message)
      },
      onEvent: (event, data) => {
        this.receive(roomEvent(event, data))
      },
    })
  }

  /** Calls back now and after each change; answers the function that ends it. */
  subscribe(listener: (view: SessionView) => void): () => void {
    return this.views.subscribe(listener)
  }

  get view(): SessionView {
    const { capture } = this
    const { may, locked } = this.locks.now
    return {
      phase: this.phase,
      waitingFor: this.waitingFor,
      end: this.end,
      room: this.feed.state,
      messages: this.chat.messages,
      selfId: this.selfId,
      mayPublish: may,
      locked,
      offer: this.locks.offer,
      away: this.entry.away,
      isMediaAway: this.media.isAway,
      isServerFull: this.media.isServerFull,
      reception: this.reception.view,
      on: { mic: capture.isOn('mic'), camera: capture.isOn('camera'), screen: capture.isOn('screen') },
      switching: new Set(this.media.switching),
      pending: this.chat.pending,
      notices: this.notifier.notices,
      ...this.asides.view,
      mediaEpoch: this.media.epoch,
    }
  }

  /** The track that arrives on a line. */
  track(mid: string): MediaStreamTrack | null {
    return this.media.track(mid)
  }

  /** Switches a device; one that is locked stays off, and the reason is told. */
  async toggle(source: Source): Promise<void> {
    if (!this.locks.refuses(source)) await this.media.toggle(source)
  }

  /** Tells the server something that needs no answer but the reason when it is refused. */
  act<E extends ClientEvent>(event: E, data: ClientEventData[E]): void {
    this.ports.socket.request(event, data).catch((error: unknown) => {
      this.notifier.say('problem', error instanceof Error ? error.message : 'That did not work.')
    })
  }

  /** Tries to come back now, not in a moment. */
  retry(): void {
    this.ports.socket.reconnect()
  }

  async leave(): Promise<void> {
    if (this.phase === 'left') return
    const told = this.entry.isJoined ? this.ports.socket.request('leave-session', {}) : null
    this.halt('left', 'You left the class.')
    await Promise.race([told?.catch(() => null), new Promise((done) => setTimeout(done, LEAVE_TIMEOUT_MS))])
    this.ports.socket.close()
  }

  private joined(answer: Joined): void {
    this.phase = 'room'
    this.selfId = answer.participantId
    this.feed.catchUp(answer)
    if (answer.chat) this.chat.catchUp(answer.chat)
    this.locks.obey()
    this.asides.flush()
    this.ports.seat.enter()
    this.media.joined(answer)
    this.reception.joined(answer)
    this.chat.flush()
    this.views.changed()
  }

  private receive(event: RoomEvent): void {
    const isOurs = 'liveClass' in event.data && event.data.liveClass.id === this.ports.liveClassId
    const hasStarted = event.event === 'live-class-started' && isOurs && !this.feed.state
    if (hasStarted || event.event === 'admitted') {
      if (this.phase === 'waiting') this.ports.onStarted()
      void this.entry.join()
    } else if (
      event.event === 'live-class-ended' &&
      isOurs &&
      (this.feed.state || this.waitingFor === 'admission')
    )
      this.finish('ended', classEnded())
    else if (event.event === 'removed') this.finish(removalOf(event.data.reason), event.data.message)
    else if (event.event === 'media-reset') this.media.reset()
    else if (event.event === 'layers-wanted') this.media.setLayers(event.data.source, event.data.layers)
    else this.deliver(event)
  }

  /** What is about one part of the room goes there; the rest, and all that is numbered, to the room itself. */
  private deliver(event: RoomEvent): void {
    if (event.event === 'muted') this.media.forget('mic')
    const isTaken = [this.locks, this.reception, this.asides].some((part) => part.hear(event))
    if (!isTaken && !this.chat.hear(event)) this.feed.receive(event)
  }

  /** Ends the visit from the other side. */
  private finish(reason: EndReason, message: string): void {
    if (this.phase === 'left') return
    this.halt(reason, message)
    this.ports.socket.close()
  }

  private halt(reason: EndReason, message: string): void {
    this.phase = 'left'
    this.end = { reason, message }
    this.entry.stop()
    this.ports.seat.leave()
    this.reception.close()
    this.asides.close()
    this.chat.close()
    this.notifier.close()
    this.media.close()
    this.views.changed()
  }
}
