/** Files that are to go with the next message: sent as soon as they are chosen, and waited for by the message. */
import type { Attachment } from '../protocol/protocol.gen'
import { Broadcast } from '../room/broadcast'
import { uploadProblem, type ChatFiles } from './files'

export const MOST_FILES = 10

export interface UploadItem {
  readonly id: number
  readonly name: string
  readonly size: number
  /** Share of 1. */
  readonly progress: number
  /** Null until the server has it. */
  readonly attachment: Attachment | null
  /** Why it was not taken; empty when it was, or may be. */
  readonly problem: string
}

export class Uploads {
  private items: readonly UploadItem[] = []
  private readonly sources = new Map<number, { file: File; stop: AbortController }>()
  private lastId = 0
  private readonly views = new Broadcast(() => this.items)

  constructor(
    private readonly files: Pick<ChatFiles, 'upload'>,
    private readonly roomId: () => string,
  ) {}

  subscribe(listener: (items: readonly UploadItem[]) => void): () => void {
    return this.views.subscribe(listener)
  }

  /** How many of these were too many. */
  add(files: readonly File[]): number {
    const fitting = files.slice(0, MOST_FILES - this.items.length)
    for (const file of fitting) {
      const id = ++this.lastId
      const { name, size } = file
      this.items = [...this.items, { id, name, size, progress: 0, attachment: null, problem: '' }]
      this.sources.set(id, { file, stop: new AbortController() })
      void this.send(id)
    }
    this.views.changed()
    return files.length - fitting.length
  }

  again(id: number): void {
    this.change(id, { problem: '', progress: 0 })
    void this.send(id)
  }

  remove(id: number): void {
    this.sources.get(id)?.stop.abort()
    this.sources.delete(id)
    this.items = this.items.filter((item) => item.id !== id)
    this.views.changed()
  }

  /** What goes with the message; nothing is left here. */
  take(): Attachment[] {
    const done = this.items.flatMap(({ attachment }) => (attachment ? [attachment] : []))
    this.clear()
    return done
  }

  clear(): void {
    for (const { id } of this.items) this.remove(id)
  }

  private async send(id: number): Promise<void> {
    const source = this.sources.get(id)
    if (!source) return
    try {
      const attachment = await this.files.upload(
        this.roomId(),
        source.file,
        (progress) => {
          this.change(id, { progress })
        },
        source.stop.signal,
      )
      this.change(id, { attachment, progress: 1 })
    } catch (error) {
      this.change(id, { problem: uploadProblem(error) })
    }
  }

  private change(id: number, over: Partial<UploadItem>): void {
    this.items = this.items.map((item) => (item.id === id ? { ...item, ...over } : item))
    this.views.changed()
  }
}
