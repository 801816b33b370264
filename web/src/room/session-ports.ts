/** What a session is given by the page. */
import type { Capture } from '../media/capture'
import type { RoomSocket } from '../protocol/socket'
import type { LinkPorts } from './media-link'
import type { Seat } from './seat'

export interface SessionPorts {
  liveClassId: string
  socket: RoomSocket
  capture: Capture
  seat: Seat
  openPath: LinkPorts['open']
  /** The lines that carry sound changed. */
  playAudio(tracks: readonly MediaStreamTrack[]): void
  /** The class that was waited for began. */
  onStarted(): void
}
