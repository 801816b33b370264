/** Which tab of a page is open, in the address: a reload comes back to it, and a link leads to it. */

export function keptTab<T extends string>(ids: readonly T[]): T {
  const wanted = location.hash.slice(1)
  const found = ids.find((id) => id === wanted) ?? ids[0]
  if (found === undefined) throw new Error('a page without tabs')
  return found
}

export function keepTab(id: string, first: string): void {
  history.replaceState(history.state, '', location.pathname + (id === first ? '' : `#${id}`))
}
