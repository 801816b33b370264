/**
 * Tells when the page has been away and is back: hidden, frozen by the browser, or asleep with its device. What was true
 * before may not be so any more.
 */
export interface WakeEvents {
  /** The page is back, or was gone for some time. */
  onWake(): void
  /** The browser is about to stop the page, for no one knows how long. */
  onFreeze(): void
}

/** The event loop is looked at so often; hidden pages get their turn once a second, or once a minute. */
export const TICK_MS = 2_000
/** A turn that comes so much too late means that the device slept; ms. */
export const GAP_MS = 15_000
/** Several signs of one return are one. */
const ONCE_IN_MS = 1_000

type Target = Pick<EventTarget, 'addEventListener' | 'removeEventListener'>

/** Answers the function that ends it. */
export function watchWake(
  { onWake, onFreeze }: WakeEvents,
  page: Target & Pick<Document, 'visibilityState'> = document,
  view: Target = window,
  // The clock that goes on while the device sleeps; a wrong one only costs a needless look.
  now: () => number = Date.now,
): () => void {
  let wokeAt = -Infinity
  let lastTick = now()
  let isFrozen = false

  function wake() {
    lastTick = now()
    if (Math.abs(now() - wokeAt) < ONCE_IN_MS) return
    wokeAt = now()
    isFrozen = false
    onWake()
  }
  const onVisible = () => {
    if (page.visibilityState === 'visible') wake()
  }
  const onPageShow = (event: Event) => {
    if ((event as PageTransitionEvent).persisted) wake()
  }
  const freeze = () => {
    wokeAt = -Infinity
    isFrozen = true
    onFreeze()
  }
  const onPageHide = (event: Event) => {
    if ((event as PageTransitionEvent).persisted) freeze()
  }
  const timer = setInterval(() => {
    // A page that is frozen has no turns: so it is not, or not any more.
    if (isFrozen || Math.abs(now() - lastTick - TICK_MS) > GAP_MS) wake()
    lastTick = now()
  }, TICK_MS)

  page.addEventListener('visibilitychange', onVisible)
  page.addEventListener('freeze', freeze)
  page.addEventListener('resume', wake)
  view.addEventListener('pageshow', onPageShow)
  view.addEventListener('pagehide', onPageHide)
  return () => {
    clearInterval(timer)
    page.removeEventListener('visibilitychange', onVisible)
    page.removeEventListener('freeze', freeze)
    page.removeEventListener('resume', wake)
    view.removeEventListener('pageshow', onPageShow)
    view.removeEventListener('pagehide', onPageHide)
  }
}
