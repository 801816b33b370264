/** Moving in a list of messages: by the arrow keys, and not at all while it changes above. */

/** The message to go to; null when the key is for something else. */
function focusedStep(event: KeyboardEvent, log: HTMLElement): HTMLElement | null {
  const { target, key } = event
  const isHere = target === log || (target instanceof HTMLElement && target.dataset['id'] !== undefined)
  if (!isHere || event.ctrlKey || event.altKey || event.metaKey) return null
  const all = [...log.querySelectorAll<HTMLElement>('[data-id]')]
  const at = all.findIndex((one) => one === target)
  switch (key) {
    case 'ArrowUp':
      return at < 0 ? (all.at(-1) ?? null) : (all[at - 1] ?? null)
    case 'ArrowDown':
      return at < 0 ? null : (all[at + 1] ?? null)
    case 'Home':
      return all[0] ?? null
    case 'End':
      return all.at(-1) ?? null
    case 'Enter':
      return at < 0 ? null : (all[at]?.querySelector<HTMLElement>('[data-testid=message-more]') ?? null)
    default:
      return null
  }
}

export function step(event: KeyboardEvent, log: HTMLElement): void {
  const next = focusedStep(event, log)
  if (!next) return
  event.preventDefault()
  next.focus()
  next.scrollIntoView({ block: 'nearest' })
}

/** The message that has the focus, or has what has it; empty for none. */
export const idAt = (target: EventTarget | null): string =>
  target instanceof Element ? (target.closest<HTMLElement>('[data-id]')?.dataset['id'] ?? '') : ''

/** What one reads now, and how high it stands. */
export interface Anchor {
  element: Element
  top: number
}

export function firstInView(log: HTMLElement): Anchor | null {
  const { top } = log.getBoundingClientRect()
  for (const element of log.querySelectorAll('[data-id]')) {
    const box = element.getBoundingClientRect()
    if (box.bottom > top + 4) return { element, top: box.top }
  }
  return null
}

/** Scrolls so that what one read before a change stands where it stood. */
export function stayAt(log: HTMLElement, anchor: Anchor | null): void {
  if (anchor?.element.isConnected) log.scrollTop += anchor.element.getBoundingClientRect().top - anchor.top
}
