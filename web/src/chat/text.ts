/**
 * What is shown of a text. It is text and nothing else: no markup of anybody's is ever parsed as such. Only addresses
 * that begin with https:// become links, shown in full, and what stands between backticks is code.
 */
export type Segment = { kind: 'text' | 'code'; text: string } | { kind: 'link'; text: string; href: string }

const PARTS = /`([^`\n]+)`|https:\/\/[^\s<>"'`]+/g
/** Turns the direction of what follows: an address could read as another. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
const ENDS = /[.,;:!?)\]}»”’]+$/

/** Closing brackets belong to an address that has opened them. */
function trimmed(address: string): string {
  const end = ENDS.exec(address)?.[0] ?? ''
  const bare = address.slice(0, address.length - end.length)
  return end.startsWith(')') && bare.includes('(') && !bare.includes(')') ? `${bare})` : bare
}

/** An address as the browser would go there; null for what is none, or hides where it leads. */
function linkOf(address: string): string | null {
  try {
    const url = new URL(address)
    return url.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : null
  } catch {
    return null
  }
}

/** Foreign letters in the name of a host may look like others: then it is shown as it really is. */
function shownAs(address: string, href: string): string {
  const typed = address.toLowerCase().startsWith(new URL(href).origin)
  return typed ? address : href
}

export function segmentsOf(source: string): Segment[] {
  const text = source.replace(TURNING, '')
  const segments: Segment[] = []
  let at = 0
  const plain = (to: number) => {
    if (to > at) segments.push({ kind: 'text', text: text.slice(at, to) })
  }
  for (const found of text.matchAll(PARTS)) {
    const [whole, code] = found
    if (code !== undefined) {
      plain(found.index)
      segments.push({ kind: 'code', text: code })
      at = found.index + whole.length
      continue
    }
    const address = trimmed(whole)
    const href = linkOf(address)
    if (href === null) continue
    plain(found.index)
    segments.push({ kind: 'link', text: shownAs(address, href), href })
    at = found.index + address.length
  }
  plain(text.length)
  return segments
}

/** One short line of a message, to quote it. */
export function lineOf(text: string): string {
  return text.replace(TURNING, '').replace(/\s+/g, ' ').trim().slice(0, 200)
}
