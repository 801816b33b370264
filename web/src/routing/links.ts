/** Which clicks on links stay inside this page. */
import { within } from './base'
import { routeOf } from './route'

/** The path to show instead of loading a new page; null when the browser is to follow the link. */
export function followed(event: MouseEvent, here: Pick<Location, 'origin'>): string | null {
  if (event.defaultPrevented || event.button !== 0) return null
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!link || link.target || link.hasAttribute('download')) return null
  return pathOf(link.href, here.origin)
}

/** The path of an address that one of our pages stands for. Links with a token are loaded anew. */
export function pathOf(href: string, origin: string): string | null {
  const url = new URL(href, origin)
  if (url.origin !== origin || url.hash || url.search) return null
  const path = within(url.pathname)
  return routeOf(path, '').page === 'unknown' ? null : path
}
