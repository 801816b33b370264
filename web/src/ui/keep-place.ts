/**
 * For a list whose lines, or the buttons in them, go away when they are used: the keyboard stays at the line, or at the
 * one that has come into its place, and does not begin at the top of the page again.
 */
import type { Attachment } from 'svelte/attachments'

export const keepPlace: Attachment<HTMLElement> = (list) => {
  /** The line that has the keyboard; -1: none. */
  let at = -1

  const onfocusin = ({ target }: FocusEvent) => {
    at = [...list.children].findIndex((line) => target instanceof Node && line.contains(target))
  }
  const onfocusout = ({ target }: FocusEvent) => {
    // Who went on leaves a line that is still there.
    setTimeout(() => {
      if (target instanceof Node && target.isConnected && !list.contains(document.activeElement)) at = -1
    })
  }
  const watch = new MutationObserver(() => {
    if (at < 0 || document.activeElement !== document.body) return
    const line = list.children[Math.min(at, list.children.length - 1)]
    if (!(line instanceof HTMLElement)) return
    line.tabIndex = -1
    line.focus({ preventScroll: true })
  })
  watch.observe(list, { childList: true, subtree: true })
  list.addEventListener('focusin', onfocusin)
  list.addEventListener('focusout', onfocusout)
  return () => {
    watch.disconnect()
    list.removeEventListener('focusin', onfocusin)
    list.removeEventListener('focusout', onfocusout)
  }
}
