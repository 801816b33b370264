/**
 * Keeps one good media connection: makes it, watches it, gives it new addresses when the network changed (a restart of
 * ICE), and makes a new one when that does not help. One offer at a time. The old connection stays until the new one
 * was answered, so that the last picture does not vanish meanwhile.
 */
import { Backoff } from '../protocol/backoff'
import type { MediaSetup, Slot, Source } from '../protocol/protocol.gen'
import { RequestError } from '../protocol/room-socket'
import type { Exchange, MediaPath, RestartExchange } from '../rtc/connection'
import { afterReturn, isAlike, remedyFor } from './reconnect'
import { SOURCES } from './sources'

export interface LinkPorts {
  open(setup: MediaSetup, onState: (state: RTCPeerConnectionState) => void): MediaPath
  exchange: Exchange
  restart: RestartExchange
  /** What this page captures now. */
  track(source: Source): MediaStreamTrack | null
  /** A new connection was answered. */
  onUp(path: MediaPath, slots: Slot[]): void
  /** Nothing comes or goes any more for now (the socket may be dead as well), or all is well. */
  onWell(isWell: boolean): void
  /** Nobody sees the page. */
  isHidden(): boolean
  /** The server takes no more media connections; it is asked again, seldom. */
  onFull(isFull: boolean): void
  random?: () => number
  now?: () => number // ms
}

const BACKOFF = { base: 400, max: 3_000, jitter: 0.5 }
const FULL_BACKOFF = { base: 10_000, max: 30_000, jitter: 0.5 }
const SPREAD_MS = 250 // A class that lost its media does not come back in one instant.

export class MediaLink {
  private path: MediaPath | null = null
  private next: MediaPath | null = null
  /** The connection that the server has: it may have answered one that is not in place yet. */
  private served: MediaPath | null = null
  private setup: MediaSetup | null = null
  /** Offers can be sent: the seat is taken, or asked for, and the socket is there. */
  private isOpen = false
  /** The seat is asked for, and not granted yet. */
  private isAhead = false
  private isBusy = false
  /** There has to be a new connection. */
  private isStale = true
  /** The connection has to be given new addresses. */
  private mustRestart = false
  private isRestarted = false
  /** Since when the connection is not well. */
  private troubleSince: number | null = null
  private remedyTimer: ReturnType<typeof setTimeout> | undefined
  private retryTimer: ReturnType<typeof setTimeout> | undefined
  private readonly backoff: Backoff
  private readonly fullBackoff: Backoff
  private readonly now: () => number

  constructor(private readonly ports: LinkPorts) {
    this.backoff = new Backoff(BACKOFF, ports.random)
    this.fullBackoff = new Backoff(FULL_BACKOFF, ports.random)
    this.now = ports.now ?? (() => performance.now())
  }

  /** The present connection. */
  get current(): MediaPath | null {
    return this.path
  }

  /** What the first connection is to be made of. */
  prepare(setup: MediaSetup): void {
    this.setup = setup
  }

  /** The seat is asked for just now: the first offer goes with that, and both are answered in one go. */
  ahead(): void {
    if (!this.setup || this.path) return
    this.isAhead = this.isOpen = true
    this.work()
  }

  /** The seat is taken. Keeps a connection that still serves (`isKept`: the server has it too), else makes one. */
  resume(setup: MediaSetup, isKept: boolean): void {
    const troubleFor = this.troubleSince === null ? null : this.now() - this.troubleSince
    const fate = afterReturn(this.path?.state ?? null, isKept, troubleFor)
    const isAsked = this.isAhead && this.isBusy
    this.isAhead = false
    if (fate === 'replace' && !isAsked) this.isStale = true
    else if (fate === 'restart') this.mustRestart = true
    if (!isAlike(setup, this.setup)) {
      this.isStale = true
      this.dropNext()
    }
    this.setup = setup
    this.isOpen = true
    this.backoff.reset()
    this.work()
  }

  /** The socket is away: what is there goes on, nothing new is made. */
  pause(): void {
    this.isOpen = false
  }

  /** The network changed: the old addresses may be dead, though nobody has noticed yet. */
  moved(): void {
    if (!this.path) return
    this.mustRestart = true
    this.work()
  }

  /** The page is back: what was given time while nobody saw it has had that. */
  look(): void {
    if (this.path && this.path.state !== 'connected') this.watch(this.path.state)
  }

  /** The server lost everyone's media. */
  reset(): void {
    this.isStale = true
    if (!this.isBusy) this.later((this.ports.random ?? Math.random)() * SPREAD_MS)
  }

  async setTrack(source: Source, track: MediaStreamTrack | null): Promise<void> {
    await Promise.all([this.path, this.next].map((path) => path?.setTrack(source, track)))
  }

  /** What the server takes of a source on its present connection; a new one begins with all layers. */
  setLayers(source: Source, layers: readonly string[]): void {
    this.served?.setLayers(source, layers)
  }

  close(): void {
    this.pause()
    clearTimeout(this.remedyTimer)
    clearTimeout(this.retryTimer)
    this.path?.close()
    this.path = this.served = null
    this.dropNext()
  }

  private dropNext(): void {
    this.next?.close()
    this.next = null
  }

  /** Does what is due, one thing at a time. */
  private readonly work = (): void => {
    const { setup, path } = this
    if (!setup || !this.isOpen || this.isBusy) return
    clearTimeout(this.retryTimer)
    if (this.isStale) void this.build(setup)
    else if (this.mustRestart && path) void this.restart(setup, path)
  }

  private async build(setup: MediaSetup): Promise<void> {
    this.isBusy = true
    this.isStale = this.mustRestart = false
    let delay = 0
    try {
      await this.connect(setup)
      this.fullBackoff.reset()
      this.ports.onFull(false)
    } catch (error) {
      this.isStale = true
      // Without a seat there is no media; with it comes another try.
      if (this.isAhead) this.pause()
      const isAnswer = error instanceof RequestError
      // What the browser cannot do with this connection it may do with another.
      if (!isAnswer) this.dropNext()
      const isFull = isAnswer && error.code === 'overloaded'
      if (isFull) this.ports.onFull(true)
      delay = (isFull ? this.fullBackoff : this.backoff).next()
    }
    this.isBusy = false
    if (this.isStale || this.mustRestart) this.later(delay || this.backoff.next())
  }

  /** Has one connection answered; a refusal keeps it, so that the same offer is made again. */
  private async connect(setup: MediaSetup): Promise<void> {
    const path = (this.next ??= this.ports.open(setup, (state) => {
      if (path === this.path) this.watch(state)
    }))
    for (const source of SOURCES) await path.setTrack(source, this.ports.track(source))
    const slots = await path.connect(async (offer, sources) => {
      const answer = await this.ports.exchange(offer, sources)
      this.served = path
      return answer
    })
    if (this.next !== path) throw new Error('the connection was given up meanwhile')
    this.next = null
    this.path?.close()
    this.path = path
    this.isRestarted = false
    this.troubleSince = null
    this.watch(path.state)
    this.ports.onUp(path, slots)
  }

  /** New addresses for the connection there is. Whatever goes wrong, a new connection puts it right. */
  private async restart({ iceServers }: MediaSetup, path: MediaPath): Promise<void> {
    this.isBusy = true
    this.mustRestart = false
    try {
      await path.restart(iceServers, this.ports.restart)
      this.isRestarted = true
      this.watch(path.state)
    } catch (error) {
      // Without a socket it was not even tried: it is done when that is back.
      const isOffline = !this.isOpen || (error instanceof RequestError && error.code === 'offline')
      if (isOffline) this.mustRestart = true
      else this.isStale = true
    }
    this.isBusy = false
    if (this.isStale) this.work()
    else if (this.mustRestart) this.later(this.backoff.next())
  }

  private watch(state: RTCPeerConnectionState): void {
    clearTimeout(this.remedyTimer)
    if (state === 'connected') {
      this.troubleSince = null
      this.isRestarted = false
      this.backoff.reset()
      this.ports.onWell(true)
    } else if (this.troubleSince === null && (state === 'disconnected' || state === 'failed')) {
      this.troubleSince = this.now()
      this.ports.onWell(false)
    }
    const remedy = remedyFor(state, this.isRestarted, this.ports.isHidden())
    if (remedy.act === 'none') return
    const act = () => {
      if (remedy.act === 'replace') this.isStale = true
      else this.mustRestart = true
      this.work()
    }
    if (remedy.after === 0) act()
    else this.remedyTimer = setTimeout(act, remedy.after)
  }

  private later(delay: number): void {
    clearTimeout(this.retryTimer)
    this.retryTimer = setTimeout(this.work, delay)
  }
}
