/** The whole page on the whole screen, where the browser has that: menus and notes stay where they are. */

export const canFillScreen = (): boolean => document.fullscreenEnabled

export function fillScreen(isFull: boolean): void {
  const done = isFull ? document.documentElement.requestFullscreen() : document.exitFullscreen()
  // A refusal changes nothing.
  void done.catch(() => undefined)
}
