/**
 * The media of a visit: its connection, what is captured and sent, the sound that arrives; and what happens to all of
 * it when the network changes, or the page was away.
 */
import type { Joined, MediaConnected, MediaSetup, Source } from '../protocol/protocol.gen'
import type { RoomSocket } from '../protocol/room-socket'
import { Arrivals, LOOK_EVERY_MS } from '../rtc/arrivals'
import type { Feed } from './feed'
import { Lifeline } from './lifeline'
import { MediaLink, type LinkPorts } from './media-link'
import { OwnDevices, type OwnDevicesPorts } from './own-devices'
import type { PageWatch } from './session-ports'

/** An answer that takes longer is not worth waiting for: a new connection is made instead. */
const RESTART_TIMEOUT_MS = 4_000
/** Sound and pictures that stay away so many ms are said to. */
export const MEDIA_AWAY_AFTER_MS = 1_000

export interface MediaPorts extends Pick<
  OwnDevicesPorts,
  'capture' | 'seat' | 'isGranted' | 'isJoined' | 'publishing' | 'say'
> {
  socket: Pick<RoomSocket, 'request' | 'reconnect' | 'rest' | 'isConnected'>
  feed: Feed
  /** Of the first media connection, where that is known before the seat is taken. */
  setup: MediaSetup | null
  openPath: LinkPorts['open']
  /** The lines that carry sound changed. */
  playAudio(tracks: readonly MediaStreamTrack[]): void
  watchNetwork(onChange: () => void): () => void
  watchWake: PageWatch
  page: Pick<Document, 'visibilityState'>
  /** Nothing is to be heard on the step of the ladder in force. */
  isSilent(): boolean
  onChange(): void
}

export class Media {
  private readonly link: MediaLink
  private readonly lifeline: Lifeline
  private readonly own: OwnDevices
  private unwatch: () => void = () => undefined
  private awayTimer: ReturnType<typeof setTimeout> | undefined
  /** Grows with each new media connection. */
  epoch = 0
  /** The server takes no more media connections. */
  isServerFull = false
  /** Sound and pictures have stopped, and are expected back. */
  isAway = false

  constructor(private readonly ports: MediaPorts) {
    const { socket, capture, feed } = ports
    const withSlots = (answer: MediaConnected) => {
      feed.setSlots(answer.slots)
      return answer
    }
    this.link = new MediaLink({
      open: ports.openPath,
      exchange: async (offer, sources) =>
        withSlots(await socket.request('connect-media', { offer, sources })),
      restart: async (offer) => withSlots(await socket.request('restart-ice', { offer }, RESTART_TIMEOUT_MS)),
      track: (source) => capture.track(source),
      onUp: () => {
        this.epoch += 1
        this.play()
        ports.onChange()
      },
      onWell: (isWell) => {
        this.away(!isWell)
        if (!isWell) void this.lifeline.check()
      },
      isHidden: () => ports.page.visibilityState === 'hidden',
      onFull: (isFull) => {
        this.isServerFull = isFull
        ports.onChange()
      },
    })
    this.lifeline = new Lifeline({
      ask: (within) => feed.refresh(within),
      onDead: () => {
        this.moved()
      },
    })
    this.own = new OwnDevices({
      ...ports,
      setTrack: (source, track) => this.link.setTrack(source, track),
      micEnergy: async () => (await this.link.current?.micEnergy()) ?? null,
      tell: (state) => socket.request('update-media-state', state),
    })
  }

  /** Follows the network and the page from now on. */
  open(): void {
    if (this.ports.setup) this.link.prepare(this.ports.setup)
    const unwatchNetwork = this.ports.watchNetwork(() => {
      this.moved()
    })
    const unwatchWake = this.ports.watchWake({
      onWake: () => {
        this.woken()
      },
      onFreeze: () => {
        this.ports.socket.rest()
      },
    })
    const arrivals = new Arrivals()
    const timer = setInterval(() => {
      if (arrivals.look(this.link.current?.lastArrival ?? null, performance.now())) this.lifeline.suspect()
    }, LOOK_EVERY_MS)
    this.unwatch = () => {
      unwatchNetwork()
      unwatchWake()
      clearInterval(timer)
    }
  }

  /** Sources that are being switched on just now. */
  get switching(): ReadonlySet<Source> {
    return this.own.pending
  }

  /** The seat is asked for just now. */
  asked(): void {
    this.link.ahead()
  }

  /** The seat is taken. */
  joined({ limits: { audioSlots, videoSlots }, iceServers = [], mediaKept }: Joined): void {
    this.link.resume({ audioSlots, videoSlots, iceServers }, mediaKept)
    this.own.joined()
  }

  /** The socket is away. */
  lost(): void {
    this.link.pause()
  }

  /** The server lost everyone's media. */
  reset(): void {
    this.link.reset()
  }

  /** What the server takes of a source. */
  setLayers(source: Source, layers: readonly string[]): void {
    this.link.setLayers(source, layers)
  }

  /** The track that arrives on a line. */
  track(mid: string): MediaStreamTrack | null {
    return this.link.current?.track(mid) ?? null
  }

  async toggle(source: Source): Promise<void> {
    await this.own.toggle(source)
  }

  /** A tutor wants a source off: it does not come back by itself either. */
  forget(source: Source): void {
    this.own.forget(source)
  }

  /** The sound of the present connection, or none on the step that has none. */
  play(): void {
    this.ports.playAudio(this.ports.isSilent() ? [] : (this.link.current?.audioTracks ?? []))
  }

  close(): void {
    this.unwatch()
    this.away(false)
    this.own.close()
    this.link.close()
    this.ports.playAudio([])
  }

  /** The ways to the server are dead: new ones for the socket and for the media. */
  private moved(): void {
    this.ports.socket.reconnect()
    this.link.moved()
  }

  /** The page was away: nothing of what was true before is sure. */
  private woken(): void {
    const { socket } = this.ports
    if (socket.isConnected) void this.lifeline.check()
    else socket.reconnect()
    this.link.look()
    if (this.ports.page.visibilityState !== 'hidden') this.own.woken()
  }

  private away(isAway: boolean): void {
    clearTimeout(this.awayTimer)
    if (!isAway) {
      if (this.isAway) this.ports.onChange()
      this.isAway = false
      return
    }
    this.awayTimer = setTimeout(() => {
      this.isAway = true
      this.ports.onChange()
    }, MEDIA_AWAY_AFTER_MS)
  }
}
