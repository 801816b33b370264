/** What time it is for the server: the clock of this machine may be wrong by hours, and be set right at any moment. */

export class ServerClock {
  private offset = 0
  /** The offset is right, give or take so many ms. */
  private error = Infinity

  constructor(private readonly machine: () => number = () => Date.now()) {}

  /** ms */
  now(): number {
    return this.machine() + this.offset
  }

  date(): Date {
    return new Date(this.now())
  }

  /**
   * An answer to what was asked at `asked` (ms, by the clock of this machine) says what time it was, with so many ms of
   * a second cut off at most.
   */
  heard(said: string | null, asked: number, cut = 0): void {
    const came = this.machine()
    const trip = came - asked
    const told = Date.parse(said ?? '')
    if (Number.isNaN(told) || trip < 0) return
    const error = (trip + cut) / 2
    const offset = told + error - came
    const isLikely = Math.abs(offset - this.offset) <= error + this.error
    // The quickest answer says it best, until one contradicts it: then the clock here was set.
    if (error > this.error && isLikely) return
    this.offset = offset
    this.error = error
  }
}

/** One for the whole page. */
export const serverClock = new ServerClock()
