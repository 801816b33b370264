/** A sheet that follows the finger down, and closes when it was drawn far or fast enough. */
import type { Attachment } from 'svelte/attachments'

const FAR_PX = 90
const FAST_PX_PER_MS = 0.6

/** Whether a finger that moved `distance` px down within `ms` wants the sheet gone. */
export const isThrown = (distance: number, ms: number): boolean =>
  distance > FAR_PX || (distance > 24 && distance / Math.max(1, ms) > FAST_PX_PER_MS)

/** For the handle of a sheet, which is its parent. */
export function swipeDown(mayBegin: () => boolean, onclose: () => void): Attachment<HTMLElement> {
  return (handle) => {
    const sheet = handle.parentElement
    let start: { y: number; at: number } | null = null
    const begin = (event: PointerEvent) => {
      if (event.pointerType === 'mouse' || !mayBegin()) return
      if (event.target instanceof Element && event.target.closest('button, input, a')) return
      start = { y: event.clientY, at: event.timeStamp }
      handle.setPointerCapture(event.pointerId)
    }
    const move = (event: PointerEvent) => {
      if (start && sheet) sheet.style.translate = `0 ${String(Math.max(0, event.clientY - start.y))}px`
    }
    const end = (event: PointerEvent) => {
      if (!start || !sheet) return
      const { y, at } = start
      start = null
      sheet.style.translate = ''
      if (event.type === 'pointerup' && isThrown(event.clientY - y, event.timeStamp - at)) onclose()
    }
    const listeners = { pointerdown: begin, pointermove: move, pointerup: end, pointercancel: end }
    const names = Object.keys(listeners) as (keyof typeof listeners)[]
    for (const name of names) handle.addEventListener(name, listeners[name])
    return () => {
      for (const name of names) handle.removeEventListener(name, listeners[name])
    }
  }
}
