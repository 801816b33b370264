/**
 * Who comes first, and who stays where: tiles keep their places. Somebody who has to be seen takes the place of one
 * who need not; nobody else moves.
 */

/** So many of those who spoke last come before others. */
export const MOST_RECENT = 6

/** The speakers, the last one first, after `speaker` spoke. */
export function afterSpeaking(recent: readonly string[], speaker: string | null): readonly string[] {
  if (speaker === null || recent[0] === speaker) return recent
  return [speaker, ...recent.filter((id) => id !== speaker)].slice(0, MOST_RECENT)
}

/** The `wanted` order with as few moves as can be: the first `visible` of it are among the first `visible` then. */
export function steady(previous: readonly string[], wanted: readonly string[], visible: number): string[] {
  const present = new Set(wanted)
  const places: (string | null)[] = previous.slice(0, visible).map((id) => (present.has(id) ? id : null))
  const seen = new Set(places)
  const top = wanted.slice(0, visible)
  const topSet = new Set<string | null>(top)
  const coming = top.filter((id) => !seen.has(id))
  // Places that fell empty are taken first, then new ones, then those of the last in the wanted order.
  for (const id of coming) {
    const empty = places.indexOf(null)
    if (empty >= 0) places[empty] = id
    else if (places.length < visible) places.push(id)
    else places[lastOf(places, topSet, wanted)] = id
  }
  const first = places.filter((id) => id !== null)
  const placed = new Set(first)
  const later = previous.filter((id) => present.has(id) && !placed.has(id))
  const known = new Set([...first, ...later])
  return [...first, ...later, ...wanted.filter((id) => !known.has(id))]
}

/** The place of whom one can do without: not of the first ones, and the last of the wanted. */
function lastOf(
  places: (string | null)[],
  top: ReadonlySet<string | null>,
  wanted: readonly string[],
): number {
  const rank = (id: string | null) => (id === null || top.has(id) ? -1 : wanted.indexOf(id))
  const ranks = places.map(rank)
  return ranks.indexOf(Math.max(...ranks))
}
