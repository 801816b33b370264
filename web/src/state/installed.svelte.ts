/**
 * The client as it is on this device: kept by a service worker, and renewed when the server has a newer one. A page that
 * is open stays what it is until somebody lets the new one in; nobody is thrown out of a class for it.
 */
import { at, basePath } from '../routing/base'

class Installed {
  /** A newer version waits. */
  isNewer = $state(false)
  private waiting: ServiceWorker | null = null

  /** To be called once the page is there: what is kept must not get in the way of what is shown. */
  async register(): Promise<void> {
    const workers = (navigator as Partial<Navigator>).serviceWorker
    if (!workers || !import.meta.env.PROD) return
    try {
      const own = await workers.register(at('/service-worker.js'), { scope: basePath() })
      const look = (worker: ServiceWorker | null) => {
        // Without a page of the old version there is nothing to be newer than.
        if (worker?.state !== 'installed' || !workers.controller) return
        this.waiting = worker
        this.isNewer = true
      }
      look(own.waiting)
      own.addEventListener('updatefound', () => {
        const worker = own.installing
        worker?.addEventListener('statechange', () => {
          look(worker)
        })
      })
    } catch {
      // Private windows and blocked storage have no service workers; everything works without.
    }
  }

  /** Shows the newer version. */
  renew(): void {
    const workers = navigator.serviceWorker
    workers.addEventListener('controllerchange', () => {
      location.reload()
    })
    if (this.waiting) this.waiting.postMessage('use-new-version')
    else location.reload()
  }
}

export const installed = new Installed()
