/**
 * Looks whether the sound really goes on after the page was away: a phone call or a sleep may take it without a word.
 * First everything is played again by itself, then by a tap, then only a reload helps.
 */
import type { AudioPool } from './audio-pool'

/** An element that stands still for so many ms is stuck. */
export const STILL_AFTER_MS = 2_000

export class SoundCheck {
  /** Grows with each check: an older one is not taken. */
  private turn = 0

  constructor(
    private readonly pool: Pick<AudioPool, 'positions' | 'resume' | 'restart' | 'trouble' | 'unlock'>,
  ) {}

  /** The page is back. */
  async look(): Promise<void> {
    const turn = ++this.turn
    this.pool.resume()
    if (!(await this.isStuck(turn))) {
      if (turn === this.turn && this.pool.trouble !== 'blocked') this.pool.trouble = 'none'
      return
    }
    this.pool.restart()
    if (await this.isStuck(turn)) this.pool.trouble = 'stuck'
  }

  /** Call it inside a click: now the browser lets everything sound. */
  async tapped(): Promise<void> {
    const { trouble } = this.pool
    const turn = ++this.turn
    // After a reload of the page no click on Join came before.
    this.pool.unlock()
    if (trouble !== 'stuck') return
    this.pool.restart()
    const isStuck = await this.isStuck(turn)
    if (turn === this.turn) this.pool.trouble = isStuck ? 'lost' : 'none'
  }

  close(): void {
    this.turn++
  }

  private async isStuck(turn: number): Promise<boolean> {
    const before = this.pool.positions
    await new Promise((done) => setTimeout(done, STILL_AFTER_MS))
    if (turn !== this.turn) return false
    const now = this.pool.positions
    return [...before].some(([element, position]) => now.get(element) === position)
  }
}
