/**
 * The media of a visit: its connection, what is captured and sent, the sound that arrives; and what happens to all of
 * it when the network changes.
 */
import type { Capture } from '../media/capture'
import type { Joined, MediaConnected, Source } from '../protocol/protocol.gen'
import type { RoomSocket } from '../protocol/room-socket'
import { Arrivals, LOOK_EVERY_MS } from '../rtc/arrivals'
import type { Feed } from './feed'
import { Lifeline } from './lifeline'
import { MediaLink, type LinkPorts } from './media-link'
import { Publisher } from './publisher'

/** An answer that takes longer is not worth waiting for: a new connection is made instead. */
const RESTART_TIMEOUT_MS = 4_000

export interface MediaPorts {
  socket: Pick<RoomSocket, 'request' | 'reconnect'>
  capture: Capture
  feed: Feed
  openPath: LinkPorts['open']
  /** The lines that carry sound changed. */
  playAudio(tracks: readonly MediaStreamTrack[]): void
  watchNetwork(onChange: () => void): () => void
  isJoined(): boolean
  /** Nothing is to be heard on the step of the ladder in force. */
  isSilent(): boolean
  onProblem(text: string): void
  onChange(): void
}

export class Media {
  private readonly link: MediaLink
  private readonly lifeline: Lifeline
  private readonly publisher: Publisher
  private unwatch: () => void = () => undefined
  /** Grows with each new media connection. */
  epoch = 0
  /** The server takes no more media connections. */
  isServerFull = false

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
      onTrouble: () => void this.lifeline.check(),
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
    this.publisher = new Publisher(capture, {
      setTrack: (source, track) => this.link.setTrack(source, track),
      tell: (state) => socket.request('update-media-state', state),
      isJoined: () => ports.isJoined(),
      onChange: () => {
        ports.onChange()
      },
      onProblem: (text) => {
        ports.onProblem(text)
      },
    })
  }

  /** Follows the network from now on. */
  open(): void {
    const unwatch = this.ports.watchNetwork(() => {
      this.moved()
    })
    const arrivals = new Arrivals()
    const timer = setInterval(() => {
      if (arrivals.look(this.link.lastArrival, performance.now())) this.lifeline.suspect()
    }, LOOK_EVERY_MS)
    this.unwatch = () => {
      unwatch()
      clearInterval(timer)
    }
  }

  /** Sources that are being switched on just now. */
  get switching(): ReadonlySet<Source> {
    return this.publisher.pending
  }

  /** The seat is taken. */
  joined({ limits, iceServers = [], mediaKept }: Joined): void {
    this.link.resume({ limits, iceServers }, mediaKept)
    this.publisher.announce()
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
    return this.link.track(mid)
  }

  async toggle(source: Source): Promise<void> {
    await this.publisher.toggle(source)
  }

  /** The sound of the present connection, or none on the step that has none. */
  play(): void {
    this.ports.playAudio(this.ports.isSilent() ? [] : this.link.audioTracks)
  }

  close(): void {
    this.unwatch()
    this.publisher.close()
    this.ports.capture.stopAll()
    this.link.close()
    this.ports.playAudio([])
  }

  /** The ways to the server are dead: new ones for the socket and for the media. */
  private moved(): void {
    this.ports.socket.reconnect()
    this.link.moved()
  }
}
