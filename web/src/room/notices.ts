/** Short notes that come and go. Many of one kind become one: "5 people joined". */
import { isolated } from '../i18n/isolate'
import { plural } from '../i18n/plural'

/** What people do, of which there can be many at once. */
export type Doing = 'joined' | 'left' | 'hand' | 'waiting'
export type Saying = 'info' | 'poll' | 'problem'
export type NoticeKind = Doing | Saying

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

export interface Doer {
  id: string
  name: string
}

/** How long a notice stays, ms. */
const LIFETIME: Record<NoticeKind, number> = {
  joined: 4_000,
  left: 4_000,
  hand: 6_000,
  waiting: 6_000,
  info: 6_000,
  poll: 6_000,
  problem: 12_000,
}
/** Where something is to be decided. */
const ACTION_LIFETIME = 15_000
const MAX_NOTICES = 3

interface Entry {
  id: number
  kind: NoticeKind
  doers: readonly Doer[]
  text: string
  action: NoticeAction | null
  until: number
}

function ofOne(kind: Doing, name: string): string {
  if (kind === 'joined') return `${name} joined`
  if (kind === 'left') return `${name} left`
  return kind === 'hand' ? `${name} raised a hand` : `${name} waits to be let in`
}

function ofTwo(kind: Doing, one: string, other: string): string {
  if (kind === 'joined') return `${one} and ${other} joined`
  if (kind === 'left') return `${one} and ${other} left`
  return kind === 'hand' ? `${one} and ${other} raised a hand` : `${one} and ${other} wait to be let in`
}

function ofMany(kind: Doing, count: number): string {
  if (kind === 'joined') return plural(count, ['# person joined', '# people joined'])
  if (kind === 'left') return plural(count, ['# person left', '# people left'])
  return kind === 'hand'
    ? plural(count, ['# person raised a hand', '# people raised their hands'])
    : plural(count, ['# person waits to be let in', '# people wait to be let in'])
}

function sentence(kind: Doing, doers: readonly Doer[]): string {
  const [one = '', other] = doers.map(({ name }) => isolated(name))
  if (doers.length > 2) return ofMany(kind, doers.length)
  return other ? ofTwo(kind, one, other) : ofOne(kind, one)
}

export class NoticeBoard {
  private entries: readonly Entry[] = []
  private lastId = 0

  /** `actionFor`: what one may do about what these people did. */
  constructor(
    private readonly actionFor: (kind: Doing, doers: readonly Doer[]) => NoticeAction | null = () => null,
  ) {}

  get notices(): Notice[] {
    return this.entries.map(({ id, kind, text, action }) => ({ id, kind, text, action }))
  }

  /** When the next notice ends; null when there is none. */
  get nextEnd(): number | null {
    return this.entries.length > 0 ? Math.min(...this.entries.map((entry) => entry.until)) : null
  }

  /** Somebody did something; joins the notice of the same kind that is still shown. */
  person(kind: Doing, doer: Doer, now: number): void {
    this.expire(now)
    const shown = this.entries.find((entry) => entry.kind === kind)
    const doers = [...(shown?.doers ?? []).filter((other) => other.id !== doer.id), doer]
    this.put(this.entryOf(kind, doers, now, shown?.id ?? ++this.lastId))
  }

  /** It is not so any more: nothing is left to do about it. */
  undone(kind: Doing, doerId: string, now: number): void {
    const shown = this.entries.find((entry) => entry.kind === kind)
    if (!shown?.doers.some((doer) => doer.id === doerId)) return
    const doers = shown.doers.filter((doer) => doer.id !== doerId)
    if (doers.length === 0) this.dismiss(shown.id)
    else {
      const next = { ...this.entryOf(kind, doers, now, shown.id), until: shown.until }
      this.entries = this.entries.map((entry) => (entry === shown ? next : entry))
    }
  }

  say(kind: Saying, text: string, now: number, action: NoticeAction | null = null): void {
    this.expire(now)
    const shown = this.entries.find((entry) => entry.text === text)
    const until = now + (action ? ACTION_LIFETIME : LIFETIME[kind])
    this.put({ id: shown?.id ?? ++this.lastId, kind, doers: [], text, action, until })
  }

  dismiss(id: number): void {
    this.entries = this.entries.filter((entry) => entry.id !== id)
  }

  expire(now: number): void {
    this.entries = this.entries.filter((entry) => entry.until > now)
  }

  private entryOf(kind: Doing, doers: readonly Doer[], now: number, id: number): Entry {
    const action = this.actionFor(kind, doers)
    const until = now + (action ? ACTION_LIFETIME : LIFETIME[kind])
    return { id, kind, doers, text: sentence(kind, doers), action, until }
  }

  private put(entry: Entry): void {
    this.entries = [...this.entries.filter((other) => other.id !== entry.id), entry].slice(-MAX_NOTICES)
  }
}
