/** The server's clock, as what it sends tells: that of this machine may be wrong by hours. */
export class ServerClock {
  private ahead = 0

  constructor(private readonly here: () => number = () => Date.now()) {}

  /** This was stamped just now. */
  learn(at: string): void {
    const there = Date.parse(at)
    if (Number.isFinite(there)) this.ahead = there - this.here()
  }

  get now(): Date {
    return new Date(this.here() + this.ahead)
  }
}
