/**
 * What iPhones and iPads are told about the sound of the page. Without it their loudness jumps when the mic goes on, and
 * a call may leave the speaker at the ear.
 */
interface AudioSession {
  type: string
}

type Sounding = Pick<Navigator, 'userAgent' | 'maxTouchPoints'> & { audioSession?: AudioSession }

/** An iPad says that it is a Mac, and has a screen that is touched. */
export const isAppleTouch = ({
  userAgent,
  maxTouchPoints,
}: Pick<Navigator, 'userAgent' | 'maxTouchPoints'>): boolean =>
  /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)

/** Call it before the mic is opened. It stays so afterwards: to change it back is one more jump. */
export function expectTalk(page: Sounding = navigator): void {
  if (!page.audioSession) return
  try {
    page.audioSession.type = 'play-and-record'
  } catch {
    // The browser's own choice will do.
  }
}
