/** The keys of the room. Single letters, so they rest while somebody types. */

export type Command = 'mic' | 'camera' | 'hand' | 'chat' | 'people' | 'polls' | 'screen' | 'help'

export const shortcuts: Readonly<Record<string, Command>> = {
  m: 'mic',
  v: 'camera',
  r: 'hand',
  c: 'chat',
  p: 'people',
  o: 'polls',
  d: 'screen',
  '?': 'help',
}

export interface KeyPress {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  repeat: boolean
}

/** The command of a key; null when there is none, or the key belongs to what is being typed. */
export function commandOf(press: KeyPress, isTyping: boolean): Command | null {
  if (isTyping || press.ctrlKey || press.metaKey || press.altKey || press.repeat) return null
  return shortcuts[press.key.toLowerCase()] ?? null
}

/** True where letters are text. */
export function isTextField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  )
}
