/// <reference lib="webworker" />
/**
 * Keeps the client's files on the device, so that it opens on a bad network and after the server got a newer version;
 * and shows what is pushed. It never answers for the API: what people see of a class is never old.
 */
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { shownOf } from './shown'

declare const self: ServiceWorkerGlobalScope
/** Put in by the build: every file that a class needs, with its hash. */
declare const __PRECACHE__: { url: string; revision: string | null }[]

precacheAndRoute(__PRECACHE__, { cleanURLs: false })
cleanupOutdatedCaches()

/** The paths that are not the client's: those of the server, which has its own answers. */
const SERVER = /\/(?:api|socket\.io|whip|whep|healthz)(?:\/|$)/

/** How long the server may take for its page, ms, before the one on the device is shown. */
const PATIENCE_MS = 2_500

const kept = createHandlerBoundToURL('index.html')
registerRoute(
  new NavigationRoute(
    async (options) => {
      // The server's page is the newest; without it, or too late, that of the last visit does as well.
      const limit = new AbortController()
      const timer = setTimeout(() => {
        limit.abort()
      }, PATIENCE_MS)
      try {
        const answer = await fetch(options.request, { signal: limit.signal })
        if (answer.status < 500) return answer
      } catch {
        // Below.
      } finally {
        clearTimeout(timer)
      }
      return kept(options)
    },
    { denylist: [SERVER] },
  ),
)

self.addEventListener('message', (event) => {
  if (event.data === 'use-new-version') void self.skipWaiting()
})

self.addEventListener('push', (event) => {
  const { title, path, ...options } = shownOf(event.data?.text() ?? '')
  event.waitUntil(self.registration.showNotification(title, { ...options, data: path }))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const path = typeof event.notification.data === 'string' ? event.notification.data : ''
  event.waitUntil(open(new URL(path, self.registration.scope).href))
})

/** A tab that shows it already comes to the front; in a class nobody is taken away from it. */
async function open(url: string): Promise<void> {
  const tabs = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const shown = tabs.find((tab) => tab.url.split('#')[0] === url)
  if (shown) await shown.focus()
  else await self.clients.openWindow(url)
}
