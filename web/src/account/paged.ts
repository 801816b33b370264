/** A list that comes page by page. */
import { query } from '../protocol/query'
import type { RestClient } from '../protocol/rest'
import { Broadcast } from '../room/broadcast'

export interface PagedView<T> {
  isLoaded: boolean
  isBusy: boolean
  items: readonly T[]
  isMore: boolean
  problem: string
}

interface Page<T> {
  items: T[]
  nextCursor: string | null
}

/** What a list is asked for; what is empty or undefined is left out. */
export type Query = Record<string, string | number | boolean | undefined>

export class Paged<T> {
  private items: T[] = []
  private cursor: string | null = null
  private isLoaded = false
  private isBusy = false
  private problem = ''
  private query: Query = {}
  /** Grows with each page that is asked for: only the last answer counts. */
  private asked = 0
  private readonly views = new Broadcast(() => this.view)

  constructor(
    private readonly rest: Pick<RestClient, 'call'>,
    private readonly path: string,
    private readonly keyOf: (item: T) => string | number,
  ) {}

  get view(): PagedView<T> {
    const { isLoaded, isBusy, items, problem } = this
    return { isLoaded, isBusy, items, isMore: this.cursor !== null, problem }
  }

  subscribe(listener: (view: PagedView<T>) => void): () => void {
    return this.views.subscribe(listener)
  }

  /** The first page, of what is asked for now. */
  async load(query: Query = this.query): Promise<void> {
    this.query = query
    await this.fetch(null)
  }

  async more(): Promise<void> {
    if (this.cursor !== null && !this.isBusy) await this.fetch(this.cursor)
  }

  /** A newer state of one, in its place; a new one comes first. */
  put(item: T): void {
    const key = this.keyOf(item)
    const isKnown = this.items.some((one) => this.keyOf(one) === key)
    this.items = isKnown
      ? this.items.map((one) => (this.keyOf(one) === key ? item : one))
      : [item, ...this.items]
    this.views.changed()
  }

  remove(key: string | number): void {
    this.items = this.items.filter((one) => this.keyOf(one) !== key)
    this.views.changed()
  }

  private async fetch(cursor: string | null): Promise<void> {
    const asked = ++this.asked
    this.isBusy = true
    this.views.changed()
    try {
      const page = await this.rest.call<Page<T>>('GET', this.path + query({ ...this.query, cursor }))
      if (asked !== this.asked) return
      const known = new Set(cursor === null ? [] : this.items.map(this.keyOf))
      const newer = page.items.filter((one) => !known.has(this.keyOf(one)))
      this.items = cursor === null ? page.items : [...this.items, ...newer]
      this.cursor = page.nextCursor
      this.isLoaded = true
      this.problem = ''
    } catch (error) {
      if (asked !== this.asked) return
      this.problem = error instanceof Error ? error.message : String(error)
    }
    this.isBusy = false
    this.views.changed()
  }
}
