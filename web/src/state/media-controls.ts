/** What the system shows of a class, and lets one do: the lock screen, the keys of a headset, a window of its own. */
import type { Source } from '../protocol/protocol.gen'
import type { SessionView } from '../room/view'

/** Not every list of DOM types knows all of it, and not every browser. */
type Controls = Pick<MediaSession, 'setActionHandler' | 'metadata'> & {
  setMicrophoneActive?(isActive: boolean): unknown
  setCameraActive?(isActive: boolean): unknown
}

interface Controlled {
  subscribe(listener: (view: SessionView) => void): () => void
  toggle(source: Source): Promise<void>
  leave(): Promise<void>
}

async function attempt(work: () => unknown): Promise<void> {
  try {
    await work()
  } catch {
    // Some browsers refuse it while nobody sees the page; only what the system shows is wrong then.
  }
}

/** Answers the function that ends it. */
export function controlFromOutside(
  session: Controlled,
  controls: Controls | undefined = (navigator as { mediaSession?: Controls }).mediaSession,
): () => void {
  if (!controls) return () => undefined
  let title = ''
  let known: Partial<SessionView['on']> = {}

  const handle = (action: string, run: (() => void) | null) => {
    try {
      controls.setActionHandler(action as MediaSessionAction, run)
    } catch {
      // It has no such control.
    }
  }
  const actions: Record<string, () => void> = {
    togglemicrophone: () => void session.toggle('mic'),
    togglecamera: () => void session.toggle('camera'),
    hangup: () => void session.leave(),
    // A class cannot be paused: a key that would take all sound away does nothing.
    play: () => undefined,
    pause: () => undefined,
    stop: () => undefined,
  }
  for (const [action, run] of Object.entries(actions)) handle(action, run)

  const unsubscribe = session.subscribe(({ room, on }) => {
    const now = room?.liveClass.title ?? ''
    if (now !== title && 'MediaMetadata' in globalThis) {
      title = now
      controls.metadata = new MediaMetadata({ title, artist: 'Podium' })
    }
    if (on.mic !== known.mic) void attempt(() => controls.setMicrophoneActive?.(on.mic))
    if (on.camera !== known.camera) void attempt(() => controls.setCameraActive?.(on.camera))
    known = on
  })
  return () => {
    unsubscribe()
    for (const action of Object.keys(actions)) handle(action, null)
    controls.metadata = null
  }
}
