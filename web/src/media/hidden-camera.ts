/** A phone gives no picture while its page is hidden: others would look at a frozen one. */
import type { Capture } from './capture'

type Page = Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>

/**
 * Switches the camera off while the page is hidden, and calls `turnOn` on return, if it was on before. Answers the
 * function that ends it.
 */
export function restWhileHidden(
  capture: Pick<Capture, 'isOn' | 'stop'>,
  turnOn: () => void,
  page: Page = document,
): () => void {
  let wasOn = false

  function onChange() {
    if (page.visibilityState === 'hidden') {
      wasOn ||= capture.isOn('camera')
      capture.stop('camera')
    } else if (wasOn) {
      wasOn = false
      if (!capture.isOn('camera')) turnOn()
    }
  }

  page.addEventListener('visibilitychange', onChange)
  return () => {
    page.removeEventListener('visibilitychange', onChange)
  }
}
