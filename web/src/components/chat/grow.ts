/** Lets a field be as high as what is in it, where the browser does not do so by itself. */
const MOST = 140
const doesItself = CSS.supports('field-sizing', 'content')

export function grow(area: HTMLTextAreaElement): void {
  if (doesItself) return
  area.style.height = 'auto'
  area.style.height = `${String(Math.min(area.scrollHeight + 2, MOST))}px`
}
