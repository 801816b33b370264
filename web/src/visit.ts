/** All that a class needs but what shows it: with this it is heard. Loaded after the Join page was painted. */
import type { TokenSource } from './auth/source'
import { classChat } from './chat/tools'
import { inspection } from './debug'
import type { AudioPool } from './media/audio-pool'
import { isAppleTouch } from './media/audio-session'
import type { Capture } from './media/capture'
import type { Chime } from './media/chime'
import { followDevices } from './media/follow-devices'
import { isGranted } from './media/permission'
import type { MediaSetup } from './protocol/protocol.gen'
import { IoSocket } from './protocol/socket'
import type { Seat } from './room/seat'
import { replacedText } from './room/publisher'
import { Session } from './room/session'
import { MediaConnection } from './rtc/connection'
import { controlFromOutside } from './state/media-controls'
import { flashTitle } from './state/flash-title'
import { watchNetwork } from './state/network'
import { preferences } from './state/preferences.svelte'
import { watchWake } from './state/wake'

export interface VisitOptions {
  token: string | TokenSource
  liveClassId: string
  capture: Capture
  pool: AudioPool
  seat: Seat
  chime: Chime | null
  /** What a media connection is to be made of, where that is known before. */
  setup: MediaSetup | null
}

/** Opens a session with everything real. */
export function openSession(options: VisitOptions): Session {
  const { token, liveClassId, capture, pool, seat, chime, setup } = options
  const chat = classChat(token)
  const session: Session = new Session({
    liveClassId,
    socket: new IoSocket(token),
    capture,
    seat,
    chat,
    setup,
    openPath: (media, onState) => {
      const path = new MediaConnection(media, { onState })
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
    watchWake: ({ onWake, onFreeze }) =>
      watchWake({
        onWake: () => {
          if (document.visibilityState === 'visible') void pool.check.look()
          onWake()
        },
        onFreeze,
      }),
    isGranted,
    page: document,
  })
  const ends = [
    followDevices({
      media: navigator.mediaDevices as MediaDevices | undefined,
      capture,
      pool,
      page: document,
      hasSteadyDefault: !isAppleTouch(navigator),
      onDefault: (label) => {
        session.notifier.say('info', replacedText('mic', label))
      },
    }),
    controlFromOutside(session),
    () => {
      chat.files.close()
    },
    session.subscribe((view) => {
      if (view.phase !== 'left') return
      for (const end of ends.splice(0)) end()
    }),
  ]
  session.notifier.call = (text) => {
    if (document.visibilityState === 'visible') return
    if (preferences.hasChime) chime?.ring()
    flashTitle(`● ${text}`)
  }
  inspection.session = session
  session.open()
  return session
}
