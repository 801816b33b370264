/** Calls the owner of a hidden tab back: its title changes to and fro until the tab is looked at. */

const EVERY_MS = 1_000

export function flashTitle(text: string): void {
  if (document.visibilityState === 'visible') return
  const title = document.title
  const timer = setInterval(() => {
    document.title = document.title === text ? title : text
  }, EVERY_MS)
  document.title = text
  const seen = () => {
    clearInterval(timer)
    document.title = title
    document.removeEventListener('visibilitychange', seen)
  }
  document.addEventListener('visibilitychange', seen)
}
