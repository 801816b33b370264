/** The whole screen for the class, where the browser gives it: phones of one maker do not. */

export const canFillScreen = (page: Document = document): boolean =>
  page.fullscreenEnabled && typeof page.documentElement.requestFullscreen === 'function'

export const isFillingScreen = (page: Document = document): boolean => page.fullscreenElement !== null

export async function toggleFullScreen(page: Document = document): Promise<void> {
  // Refused without a click, or by the system: the page stays as it was, which is seen.
  await (isFillingScreen(page) ? page.exitFullscreen() : page.documentElement.requestFullscreen()).catch(
    () => undefined,
  )
}
