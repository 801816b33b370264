/** Tells listeners of a change: once for all that changed in one turn of the event loop. */
export class Broadcast<T> {
  private readonly listeners = new Set<(value: T) => void>()
  private isDue = false

  constructor(private readonly value: () => T) {}

  /** Calls back now and after each change; answers the function that ends it. */
  subscribe(listener: (value: T) => void): () => void {
    this.listeners.add(listener)
    listener(this.value())
    return () => this.listeners.delete(listener)
  }

  readonly changed = (): void => {
    if (this.isDue) return
    this.isDue = true
    queueMicrotask(() => {
      this.isDue = false
      const value = this.value()
      for (const listener of this.listeners) listener(value)
    })
  }
}
