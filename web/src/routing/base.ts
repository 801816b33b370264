/**
 * Podium may live behind a path prefix, such as "/podium/": the page's <base> says which. Inside the client paths begin
 * with "/" and know no prefix; they get it where the browser sees them.
 */

/** The prefix, "/" at both ends. */
export function basePath(): string {
  return typeof document === 'undefined' ? '/' : new URL('.', document.baseURI).pathname
}

/** What the browser is to be given for a path of the client or of the server. */
export const at = (path: string): string => basePath() + path.replace(/^\//, '')

/** The path inside the client of one the browser shows; unchanged when it lies outside of the prefix. */
export function within(pathname: string): string {
  const base = basePath()
  return pathname.startsWith(base) ? `/${pathname.slice(base.length)}` : pathname
}

/** Origin and prefix, without a "/" at the end: what links to be sent around begin with. */
export const publicUrl = (): string => location.origin + basePath().replace(/\/$/, '')
