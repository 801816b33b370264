/** A small window over all others (Document Picture-in-Picture), in the browsers that have it. */

interface PictureInPicture {
  requestWindow(options: { width: number; height: number }): Promise<Window>
}

declare global {
  interface Window {
    documentPictureInPicture?: PictureInPicture
  }
}

export const canFloat = (): boolean => window.documentPictureInPicture !== undefined

const refused = () => 'This browser has no small windows.'

const SIZE = { width: 340, height: 460 }

/** Opens the window, in the looks of this page. Only after a click; rejects when the browser will not. */
export async function openFloating(): Promise<Window> {
  const floating = await window.documentPictureInPicture?.requestWindow(SIZE)
  if (!floating) throw new Error(refused())
  dress(floating.document)
  return floating
}

/** The style sheets of this page as links: the policy of the page allows no others, and the new window has it too. */
function dress(target: Document): void {
  for (const link of document.querySelectorAll('link[rel="stylesheet"]'))
    target.head.append(target.importNode(link, true))
  // While the client is being worked on, styles are in the page.
  for (const style of document.querySelectorAll('style')) target.head.append(target.importNode(style, true))
  const { dataset, lang, dir } = document.documentElement
  target.documentElement.dataset['theme'] = dataset['theme'] ?? 'light'
  target.documentElement.lang = lang
  target.documentElement.dir = dir
  target.title = document.title
}
