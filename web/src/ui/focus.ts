/** Where the keyboard goes when a page appears: to the first field, or to the heading that says where one is. */

/** On a phone a focused field brings up the keyboard over the page that one has not read yet. */
const isTouch = () => matchMedia('(pointer: coarse)').matches

export function focusFirst(element: HTMLElement): void {
  const field = isTouch()
    ? null
    : element.querySelector<HTMLElement>('input:not([type=hidden], [tabindex="-1"]), select')
  ;(field ?? element.querySelector<HTMLElement>('h1'))?.focus()
}

/** For what appears later than its page: nothing has the focus any more, and nobody has moved it meanwhile. */
export function focusIfLost(element: HTMLElement): void {
  if (document.activeElement === document.body) element.focus({ preventScroll: true })
}

/** After a refused form: to the first field that is wrong. */
export function focusWrong(form: HTMLElement): void {
  form.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
}

/** Where the keyboard goes from what is the same on every page. */
export function focusMain(): void {
  const main = document.querySelector<HTMLElement>('main')
  if (!main) return
  main.tabIndex = -1
  main.focus()
}

/** To the heading of a page that has more to do than its first field. */
export function focusHeading(element: HTMLElement): void {
  element.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
}
