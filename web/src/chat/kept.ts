/**
 * What somebody wrote and has not sent: kept for this tab, so that a reload loses nothing and nobody who uses the
 * machine later finds it. Without storage, or with a full one, it lasts as long as the page.
 */
import type { OutboxStore, Pending } from './outbox'

/** Reading the property alone fails where storage is forbidden. */
export function tabStorage(): Storage | null {
  try {
    return sessionStorage
  } catch {
    return null
  }
}

const isPending = (one: Partial<Pending>): one is Pending =>
  typeof one.id === 'string' &&
  typeof one.text === 'string' &&
  typeof one.writtenAt === 'string' &&
  Array.isArray(one.attachments)

export class KeptTexts {
  private readonly here = new Map<string, string>()

  constructor(private readonly storage: Storage | null) {}

  /** What is written in a room and not sent; empty for nothing. */
  draft(key: string): string {
    return this.get(`podium.draft.${key}`) ?? ''
  }

  setDraft(key: string, text: string): void {
    this.set(`podium.draft.${key}`, text)
  }

  outbox(key: string): OutboxStore {
    const name = `podium.outbox.${key}`
    return {
      load: () => {
        try {
          const found = JSON.parse(this.get(name) ?? '[]') as unknown
          return Array.isArray(found) ? (found as Partial<Pending>[]).filter(isPending) : []
        } catch {
          return []
        }
      },
      save: (items) => {
        this.set(name, items.length > 0 ? JSON.stringify(items) : '')
      },
    }
  }

  private get(name: string): string | null {
    const here = this.here.get(name)
    if (here !== undefined) return here
    try {
      return this.storage?.getItem(name) ?? null
    } catch {
      return null
    }
  }

  private set(name: string, text: string): void {
    this.here.set(name, text)
    try {
      if (text === '') this.storage?.removeItem(name)
      else this.storage?.setItem(name, text)
    } catch {
      // Then it is kept by the page alone.
    }
  }
}
