/** The server's clock: that of this machine may be wrong by an hour, and a countdown with it. */

export class ServerClock {
  private offset = 0
  private bestTrip = Infinity

  constructor(private readonly machine: () => number = () => Date.now()) {}

  /** An answer that was asked for at `asked` (by the clock of this machine, ms) and came now says what time it is. */
  heard(now: string, asked: number): void {
    const came = this.machine()
    const trip = came - asked
    const said = Date.parse(now)
    // The quickest answer is the truest.
    if (Number.isNaN(said) || trip < 0 || trip > this.bestTrip) return
    this.bestTrip = trip
    this.offset = said + trip / 2 - came
  }

  /** ms */
  now(): number {
    return this.machine() + this.offset
  }
}
