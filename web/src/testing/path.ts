import type { Slot, Source } from '../protocol/protocol.gen'
import type { Exchange, MediaPath } from '../rtc/connection'

/** A media connection whose state is set by hand. */
export class FakePath implements MediaPath {
  state: RTCPeerConnectionState = 'new'
  isClosed = false
  readonly audioTracks = []
  readonly sent = new Map<Source, MediaStreamTrack | null>()

  constructor(private readonly onState: (state: RTCPeerConnectionState) => void) {}

  async connect(exchange: Exchange): Promise<Slot[]> {
    return (await exchange('offer', {})).slots
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
