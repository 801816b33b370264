/** What a session is given by the page. */
import type { ConversationPorts } from '../chat/conversation'
import type { Capture } from '../media/capture'
import type { MediaSetup, Source } from '../protocol/protocol.gen'
import type { RoomSocket } from '../protocol/room-socket'
import type { LinkPorts } from './media-link'
import type { Seat } from './seat'
import type { Page } from './wishes'

/** Calls back when the page has been away and is back, and when the browser is about to stop it; answers the function
 * that ends it. */
export type PageWatch = (events: { onWake(): void; onFreeze(): void }) => () => void

export interface SessionPorts {
  liveClassId: string
  socket: RoomSocket
  capture: Capture
  seat: Seat
  /** What a media connection is to be made of, where that is known before: then the offer waits for nothing. */
  setup: MediaSetup | null
  chat: Pick<ConversationPorts, 'rest' | 'files' | 'kept' | 'onSaid'>
  openPath: LinkPorts['open']
  /** The lines that carry sound changed. */
  playAudio(tracks: readonly MediaStreamTrack[]): void
  /** The class that was waited for began. */
  onStarted(): void
  /** Calls back when the device goes to another network; answers the function that ends it. */
  watchNetwork(onChange: () => void): () => void
  watchWake: PageWatch
  /** The browser gives a device without asking. */
  isGranted(source: Source): Promise<boolean>
  /** Whether anybody can see this page. */
  page: Page
}
