/** Short notes that come and go. Many of one kind become one: "5 people joined". */

export type NoticeKind = 'joined' | 'left' | 'hand' | 'info' | 'problem'

/** Something to do about a notice; it goes with it. */
export interface NoticeAction {
  label: string
  run(): void
}

export interface Notice {
  id: number
  kind: NoticeKind
  text: string
  action: NoticeAction | null
}

/** How long a notice stays, ms. */
const LIFETIME: Record<NoticeKind, number> = {
  joined: 4_000,
  left: 4_000,
  hand: 6_000,
  info: 6_000,
  problem: 12_000,
}
/** Where something is to be decided. */
const ACTION_LIFETIME = 15_000
const MAX_NOTICES = 3

const VERB = { joined: 'joined', left: 'left', hand: 'raised a hand' } as const

interface Entry {
  id: number
  kind: NoticeKind
  names: string[]
  text: string
  action: NoticeAction | null
  until: number
}

function sentence(kind: keyof typeof VERB, names: readonly string[]): string {
  const [first = '', second = ''] = names
  if (names.length === 1) return `${first} ${VERB[kind]}`
  if (names.length === 2) return `${first} and ${second} ${VERB[kind]}`
  return `${String(names.length)} people ${kind === 'hand' ? 'raised their hands' : VERB[kind]}`
}

export class NoticeBoard {
  private entries: Entry[] = []
  private lastId = 0

  get notices(): Notice[] {
    return this.entries.map(({ id, kind, text, action }) => ({ id, kind, text, action }))
  }

  /** When the next notice ends; null when there is none. */
  get nextEnd(): number | null {
    return this.entries.length > 0 ? Math.min(...this.entries.map((entry) => entry.until)) : null
  }

  /** Somebody did something; joins the notice of the same kind that is still shown. */
  person(kind: keyof typeof VERB, name: string, now: number): void {
    this.expire(now)
    const shown = this.entries.find((entry) => entry.kind === kind)
    const names = [...(shown?.names ?? []).filter((other) => other !== name), name]
    const id = shown?.id ?? ++this.lastId
    this.put({ id, kind, names, text: sentence(kind, names), action: null, until: now + LIFETIME[kind] })
  }

  say(kind: 'info' | 'problem', text: string, now: number, action: NoticeAction | null = null): void {
    this.expire(now)
    const shown = this.entries.find((entry) => entry.text === text)
    const until = now + (action ? ACTION_LIFETIME : LIFETIME[kind])
    this.put({ id: shown?.id ?? ++this.lastId, kind, names: [], text, action, until })
  }

  dismiss(id: number): void {
    this.entries = this.entries.filter((entry) => entry.id !== id)
  }

  expire(now: number): void {
    this.entries = this.entries.filter((entry) => entry.until > now)
  }

  private put(entry: Entry): void {
    this.entries = [...this.entries.filter((other) => other.id !== entry.id), entry].slice(-MAX_NOTICES)
  }
}
