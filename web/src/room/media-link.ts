/**
 * Keeps one good media connection: makes it, watches it, and makes a new one when it is lost. One offer at a time.
 * The old connection stays until the new one was answered, so that the last picture does not vanish meanwhile.
 */
import type { MediaLimits, Slot, Source } from '../protocol/protocol.gen'
import type { Exchange, MediaPath } from '../rtc/connection'
import { Backoff, graceOf, mediaSurvives } from './reconnect'

export interface LinkPorts {
  open(limits: MediaLimits, onState: (state: RTCPeerConnectionState) => void): MediaPath
  exchange: Exchange
  /** What this page captures now. */
  track(source: Source): MediaStreamTrack | null
  /** A new connection was answered. */
  onUp(path: MediaPath, slots: Slot[]): void
  random?: () => number
}

const SOURCES: readonly Source[] = ['mic', 'camera', 'screen']
const BACKOFF = { base: 400, max: 3_000, jitter: 0.5 }
/** A class that lost its media does not come back in one instant: each waits up to so many ms. */
const SPREAD_MS = 250

export class MediaLink {
  private path: MediaPath | null = null
  private next: MediaPath | null = null
  private limits: MediaLimits | null = null
  /** Offers can be sent: the seat is taken and the socket is there. */
  private isOpen = false
  private isStale = true
  private isBuilding = false
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly backoff: Backoff

  constructor(private readonly ports: LinkPorts) {
    this.backoff = new Backoff(BACKOFF, ports.random)
  }

  get state(): RTCPeerConnectionState | null {
    return this.path?.state ?? null
  }

  /** The track that arrives on a line of the present connection. */
  track(mid: string): MediaStreamTrack | null {
    return this.path?.track(mid) ?? null
  }

  /** The seat is taken. Keeps a connection that still serves (`isKept`: the server has it too), else makes one. */
  resume(limits: MediaLimits, isKept: boolean): void {
    if (!mediaSurvives(this.state, isKept)) this.isStale = true
    if (!sameLimits(limits, this.limits)) {
      this.isStale = true
      this.dropNext()
    }
    this.limits = limits
    this.isOpen = true
    this.backoff.reset()
    this.build()
  }

  /** The socket is away: what is there goes on, nothing new is made. */
  pause(): void {
    this.isOpen = false
  }

  /** The connection is of no use any more: make a new one. */
  renew(): void {
    this.isStale = true
    this.build()
  }

  /** The server lost everyone's media. */
  reset(): void {
    this.isStale = true
    if (!this.isBuilding) this.later((this.ports.random ?? Math.random)() * SPREAD_MS)
  }

  async setTrack(source: Source, track: MediaStreamTrack | null): Promise<void> {
    await Promise.all([this.path, this.next].map((path) => path?.setTrack(source, track)))
  }

  close(): void {
    this.pause()
    clearTimeout(this.timer)
    this.path?.close()
    this.path = null
    this.dropNext()
  }

  private dropNext(): void {
    this.next?.close()
    this.next = null
  }

  private build(): void {
    const { limits } = this
    if (!limits || !this.isOpen || !this.isStale || this.isBuilding) return
    clearTimeout(this.timer)
    this.isBuilding = true
    this.isStale = false
    void this.connect(limits)
      .catch(() => false)
      .then((isUp) => {
        this.isBuilding = false
        if (!isUp) this.isStale = true
        if (this.isStale) this.later(this.backoff.next())
      })
  }

  /** Has one connection answered; a refusal keeps it, so that the same offer is made again. */
  private async connect(limits: MediaLimits): Promise<boolean> {
    const path = (this.next ??= this.ports.open(limits, (state) => {
      if (path === this.path) this.watch(state)
    }))
    for (const source of SOURCES) await path.setTrack(source, this.ports.track(source))
    const slots = await path.connect(this.ports.exchange)
    if (this.next !== path) return false
    this.next = null
    this.path?.close()
    this.path = path
    this.watch(path.state)
    this.ports.onUp(path, slots)
    return true
  }

  private watch(state: RTCPeerConnectionState): void {
    clearTimeout(this.timer)
    const grace = graceOf(state)
    if (grace === null) this.backoff.reset()
    else if (grace === 0) this.renew()
    else
      this.timer = setTimeout(() => {
        this.renew()
      }, grace)
  }

  private later(delay: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.build()
    }, delay)
  }
}

function sameLimits(a: MediaLimits, b: MediaLimits | null): boolean {
  return b !== null && a.audioSlots === b.audioSlots && a.videoSlots === b.videoSlots
}
