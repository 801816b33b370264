/** Tells how high an element is on the screen, in device pixels: 0 while it cannot be seen, null when it is gone. */
import type { Attachment } from 'svelte/attachments'

export function seen(report: (height: number | null) => void): Attachment {
  return (element) => {
    let height = 0
    let isInView = false
    const tell = () => {
      report(isInView ? height * window.devicePixelRatio : 0)
    }
    const size = new ResizeObserver((entries) => {
      height = entries.at(-1)?.contentRect.height ?? 0
      tell()
    })
    const view = new IntersectionObserver((entries) => {
      isInView = entries.at(-1)?.isIntersecting ?? false
      tell()
    })
    size.observe(element)
    view.observe(element)
    return () => {
      size.disconnect()
      view.disconnect()
      report(null)
    }
  }
}
