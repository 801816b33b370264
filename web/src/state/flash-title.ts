/** Calls the owner of a hidden tab back: its title changes to and fro until the tab is looked at. */

const EVERY_MS = 1_000

/** Ends the call before. */
let end: () => void = () => undefined

export function flashTitle(text: string): void {
  if (document.visibilityState === 'visible') return
  end()
  const title = document.title
  const timer = setInterval(() => {
    document.title = document.title === text ? title : text
  }, EVERY_MS)
  document.title = text
  end = () => {
    clearInterval(timer)
    document.title = title
    document.removeEventListener('visibilitychange', end)
    end = () => undefined
  }
  document.addEventListener('visibilitychange', end)
}
