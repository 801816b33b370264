/** Tells when the device went to another network: from Wi-Fi to mobile, or back from none. */

/** What browsers that know it tell of the network; `change` comes also when only an estimate changed. */
export interface NetworkInformation extends EventTarget {
  readonly type?: string | undefined
}

/** Calls back at each change; answers the function that ends it. */
export function watchNetwork(
  onChange: () => void,
  page: Pick<Window, 'addEventListener' | 'removeEventListener'> = window,
  network: NetworkInformation | undefined = (navigator as { connection?: NetworkInformation }).connection,
): () => void {
  let type = network?.type
  const look = () => {
    if (network?.type === type) return
    type = network?.type
    // Without a network there is nothing to change to: `online` says when there is.
    if (type !== 'none') onChange()
  }
  page.addEventListener('online', onChange)
  network?.addEventListener('change', look)
  return () => {
    page.removeEventListener('online', onChange)
    network?.removeEventListener('change', look)
  }
}
