/** All that is needed inside a class. Loaded after the Join page was painted. */
import type { TokenSource } from './auth/source'
import { classChat } from './chat/tools'
import { inspection } from './debug'
import type { AudioPool } from './media/audio-pool'
import type { Capture } from './media/capture'
import type { Chime } from './media/chime'
import { IoSocket } from './protocol/socket'
import type { Seat } from './room/seat'
import { Session } from './room/session'
import { MediaConnection } from './rtc/connection'
import { flashTitle } from './state/flash-title'
import { watchNetwork } from './state/network'
import { preferences } from './state/preferences.svelte'

export { default as Visit } from './views/Visit.svelte'

export interface VisitOptions {
  token: string | TokenSource
  liveClassId: string
  capture: Capture
  pool: AudioPool
  seat: Seat
  chime: Chime | null
}

/** Opens a session with everything real. */
export function openSession({ token, liveClassId, capture, pool, seat, chime }: VisitOptions): Session {
  const session = new Session({
    liveClassId,
    socket: new IoSocket(token),
    capture,
    seat,
    chat: classChat(token),
    openPath: (setup, onState) => {
      const path = new MediaConnection(setup, { onState })
      inspection.pc = path.pc
      return path
    },
    playAudio: (tracks) => {
      pool.play(tracks)
    },
    onStarted: () => {
      chime?.ring()
      flashTitle('● The class has begun')
    },
    watchNetwork,
    page: document,
  })
  session.notifier.call = (text) => {
    if (document.visibilityState === 'visible') return
    if (preferences.hasChime) chime?.ring()
    flashTitle(`● ${text}`)
  }
  inspection.session = session
  session.open()
  return session
}
