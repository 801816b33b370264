import type { IceServer, Slot, Source } from '../protocol/protocol.gen'
import type { Exchange, MediaPath, RestartExchange } from '../rtc/connection'

/** A media connection whose state is set by hand. */
export class FakePath implements MediaPath {
  state: RTCPeerConnectionState = 'new'
  isClosed = false
  lastArrival: number | null = null
  energy: number | null = null
  readonly audioTracks = [{} as MediaStreamTrack]
  readonly sent = new Map<Source, MediaStreamTrack | null>()
  readonly layers = new Map<Source, readonly string[]>()
  /** The servers that each restart was given. */
  readonly restarts: (readonly IceServer[])[] = []

  constructor(private readonly onState: (state: RTCPeerConnectionState) => void) {}

  async connect(exchange: Exchange): Promise<Slot[]> {
    return (await exchange('offer', {})).slots
  }
  async restart(iceServers: readonly IceServer[], exchange: RestartExchange): Promise<Slot[]> {
    this.restarts.push(iceServers)
    return (await exchange('restart')).slots
  }
  micEnergy(): Promise<number | null> {
    return Promise.resolve(this.energy)
  }
  setLayers(source: Source, layers: readonly string[]): void {
    this.layers.set(source, layers)
  }
  setTrack(source: Source, track: MediaStreamTrack | null): Promise<void> {
    this.sent.set(source, track)
    return Promise.resolve()
  }
  track(): null {
    return null
  }
  close(): void {
    this.isClosed = true
    this.state = 'closed'
  }
  become(state: RTCPeerConnectionState): void {
    this.state = state
    this.onState(state)
  }
}
