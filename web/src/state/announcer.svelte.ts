/**
 * What those hear who do not see the page. Two live regions, one that waits for a pause and one that does not; nothing
 * that is said moves the focus. People choose which happenings of a class they want to hear of.
 */
import { preferences } from './preferences.svelte'

/** Happenings that can be chosen; the rest is always said. */
export type Happening = 'chat' | 'people' | 'hands' | 'reactions' | 'polls'

/** How long a text stays in its region, ms: long enough to be read out, and gone before somebody finds it again. */
const KEEP_MS = 8_000
const MOST = 4

interface Said {
  id: number
  text: string
}

class Announcer {
  polite = $state.raw<readonly Said[]>([])
  assertive = $state.raw<readonly Said[]>([])
  private lastId = 0

  say(text: string, kind: 'polite' | 'assertive' = 'polite'): void {
    const said = { id: ++this.lastId, text }
    this[kind] = [...this[kind], said].slice(-MOST)
    setTimeout(() => {
      this[kind] = this[kind].filter((one) => one !== said)
    }, KEEP_MS)
  }

  /** Says it to those who want to hear of such things. */
  tell(happening: Happening, text: string): void {
    if (preferences.announces(happening)) this.say(text)
  }
}

export const announcer = new Announcer()
