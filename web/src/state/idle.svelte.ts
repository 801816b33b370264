/** Whether somebody just looks: no input for a while by a pointer. Who uses the keyboard never just looks. */

export const IDLE_AFTER_MS = 4_000

export class Idle {
  isIdle = $state(false)
  private timer: ReturnType<typeof setTimeout> | undefined
  private isByKeys = false

  /** `mayRest` is asked when the time is over; answers the function that ends it. */
  follow(mayRest: () => boolean, page: Pick<Window, 'addEventListener' | 'removeEventListener'> = window) {
    const wake = () => {
      this.isIdle = false
      clearTimeout(this.timer)
      this.timer = setTimeout(() => {
        if (!this.isByKeys && mayRest()) this.isIdle = true
        else if (!this.isByKeys) wake()
      }, IDLE_AFTER_MS)
    }
    const onPointer = () => {
      this.isByKeys = false
      wake()
    }
    const onKey = () => {
      this.isByKeys = true
      wake()
    }
    const pointers = ['pointermove', 'pointerdown', 'wheel'] as const
    for (const name of pointers) page.addEventListener(name, onPointer, { passive: true })
    page.addEventListener('keydown', onKey)
    page.addEventListener('focusin', wake)
    wake()
    return () => {
      clearTimeout(this.timer)
      for (const name of pointers) page.removeEventListener(name, onPointer)
      page.removeEventListener('keydown', onKey)
      page.removeEventListener('focusin', wake)
    }
  }
}
