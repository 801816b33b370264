/** Moves an element to where menus open: inside of what has the tokens, and out of what may go away or cut it off. */
export function toMenus(node: HTMLElement): () => void {
  document.querySelector('.menus')?.append(node)
  return () => {
    node.remove()
  }
}
