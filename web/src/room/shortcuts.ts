/**
 * The keys of the room: one list, for what listens to them and for the sheet that explains them. Single letters are for
 * those who want them, and rest while somebody types.
 */

export type Command =
  | 'mic'
  | 'talk'
  | 'camera'
  | 'screen'
  | 'hand'
  | 'reactions'
  | 'chat'
  | 'people'
  | 'polls'
  | 'layout'
  | 'toolbar'
  | 'help'
  | 'close'

export interface Shortcut {
  command: Command
  /** As `KeyboardEvent.key` has it, in lower case. */
  key: string
  /** A letter or sign alone: it can be switched off, since speech input and shaking hands press such by mistake. */
  isSingle: boolean
}

const single = (command: Command, key: string): Shortcut => ({ command, key, isSingle: true })

/** In the order in which they are explained. */
export const SHORTCUTS: readonly Shortcut[] = [
  single('mic', 'm'),
  single('talk', ' '),
  single('camera', 'v'),
  single('screen', 'd'),
  single('hand', 'r'),
  single('reactions', 'e'),
  single('chat', 'c'),
  single('people', 'p'),
  single('polls', 'o'),
  single('layout', 's'),
  { command: 'toolbar', key: 'f2', isSingle: false },
  single('help', '?'),
  { command: 'close', key: 'escape', isSingle: false },
]

/** What it does, for the sheet. */
export function explained(command: Command): string {
  const texts: Record<Command, string> = {
    mic: 'Microphone on or off',
    talk: 'Hold it down to speak',
    camera: 'Camera on or off',
    screen: 'Share your screen, or stop',
    hand: 'Raise or lower your hand',
    reactions: 'Show a reaction',
    chat: 'Open or close the chat',
    people: 'Open or close the list of people',
    polls: 'Open or close the polls',
    layout: 'One large picture, or all alike',
    toolbar: 'Go to the buttons of the class',
    help: 'Show this list',
    close: 'Close what is open',
  }
  return texts[command]
}

/** What stands on the key. */
export function keyName(key: string): string {
  if (key === ' ') return /* @wc-include */ 'Space'
  if (key === 'escape') return /* @wc-include */ 'Esc'
  return key.toUpperCase()
}

/** For `aria-keyshortcuts`, and for what a button says of itself. */
export const keyOf = (command: Command): string | undefined =>
  SHORTCUTS.find((shortcut) => shortcut.command === command)?.key

export interface KeyPress {
  key: string
  /** Where the key is, whatever stands on it: Latin letters on keyboards of other scripts. */
  code?: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  repeat: boolean
}

export interface Place {
  /** Letters are text there, or choose among entries. */
  isTyping: boolean
  /** Something that can be pressed has the focus, and Space is for that. */
  isOnControl: boolean
  /** Somebody switched single keys off. */
  isWithoutSingles: boolean
}

const isForeign = (key: string) => key.length === 1 && key.charCodeAt(0) > 127

/** The command of a key; null when there is none, or the key belongs to what is being done. */
export function commandOf(press: KeyPress, place: Place): Command | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.repeat) return null
  const letter = /^Key([A-Z])$/.exec(press.code ?? '')?.[1]
  const key = isForeign(press.key) && letter ? letter.toLowerCase() : press.key.toLowerCase()
  const found = SHORTCUTS.find((shortcut) => shortcut.key === key)
  if (!found) return null
  if (found.isSingle && (place.isTyping || place.isWithoutSingles)) return null
  if (found.command === 'talk' && place.isOnControl) return null
  return found.command
}

const TYPING =
  'input, textarea, select, [contenteditable], [role=menu], [role=listbox], [role=dialog], dialog'
const CONTROL = `${TYPING}, button, a[href], summary, [role=button], [role=tab], [role=switch], [role=slider]`

/** What the keys mean at the element that has the focus. */
export function placeOf(target: EventTarget | null): Omit<Place, 'isWithoutSingles'> {
  const element = target instanceof Element ? target : null
  return {
    isTyping: element?.closest(TYPING) != null,
    isOnControl: element?.closest(CONTROL) != null,
  }
}
