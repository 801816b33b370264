/** The real browser, as far as Web Push goes. */
import { isAppleTouch } from '../media/audio-session'
import type { PushBrowser, Subscription } from './push'

/** How long a service worker may take to be there, ms. */
const PATIENCE_MS = 10_000

function key(text: string): Uint8Array<ArrayBuffer> {
  const padded = text.replaceAll('-', '+').replaceAll('_', '/')
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0))
}

async function registration(): Promise<ServiceWorkerRegistration> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(notReady()))
    }, PATIENCE_MS)
  })
  try {
    return await Promise.race([navigator.serviceWorker.ready, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

const refused = () =>
  'The browser refused. It does so in private windows, and when it cannot reach its push service.'

const notReady = () => 'This browser is not ready for it yet. Reload the page and try again.'

export function pushBrowser(window: Window & typeof globalThis = globalThis.window): PushBrowser {
  const isSupported =
    window.isSecureContext &&
    'serviceWorker' in window.navigator &&
    'PushManager' in window &&
    'Notification' in window
  return {
    isSupported,
    isToBeInstalled: !isSupported && isAppleTouch(window.navigator) && window.isSecureContext,
    permission: () => Notification.permission,
    ask: () => Notification.requestPermission(),
    current: async () => (await registration()).pushManager.getSubscription(),
    subscribe: async (publicKey) => {
      const { pushManager } = await registration()
      const options = { userVisibleOnly: true, applicationServerKey: key(publicKey) }
      try {
        return await pushManager.subscribe(options)
      } catch (error) {
        // One made with the key of another server, or of this one before it was set up anew.
        const old: Subscription | null = await pushManager.getSubscription()
        if (!old) throw new Error(refused(), { cause: error })
        await old.unsubscribe()
        return pushManager.subscribe(options)
      }
    },
  }
}

/** Whose push service it is, as people know it. */
export function serviceName(origin: string): string {
  if (/google|fcm/.test(origin)) return /* @wc-include */ 'Chrome'
  if (/mozilla/.test(origin)) return /* @wc-include */ 'Firefox'
  if (/apple/.test(origin)) return /* @wc-include */ 'Safari'
  if (/windows|microsoft/.test(origin)) return /* @wc-include */ 'Edge'
  return origin.replace(/^https?:\/\//, '')
}
