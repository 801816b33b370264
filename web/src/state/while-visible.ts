/** Work that is repeated only while somebody can see its result. */

type Page = Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>

/**
 * Does `work` every so many ms, counted from the end of the last time, while the page is visible, and at once when it
 * becomes visible again. Answers the function that ends it. `work` must not reject.
 */
export function whileVisible(work: () => Promise<void>, every: number, page: Page = document): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isBusy = false
  let isEnded = false

  async function run() {
    clearTimeout(timer)
    if (isBusy || page.visibilityState !== 'visible') return
    isBusy = true
    await work()
    isBusy = false
    schedule()
  }

  function schedule() {
    if (!isEnded) timer = setTimeout(() => void run(), every)
  }

  const onChange = () => void run()
  page.addEventListener('visibilitychange', onChange)
  schedule()
  return () => {
    isEnded = true
    clearTimeout(timer)
    page.removeEventListener('visibilitychange', onChange)
  }
}
