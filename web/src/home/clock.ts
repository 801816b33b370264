/** What time it is for the server: the clock of this machine may be wrong by hours. */

/** Answers say the time in whole seconds; less than this is not worth correcting, ms. */
const EXACT_ENOUGH_MS = 3_000

export class ServerClock {
  private offset = 0
  private bestTrip = Infinity

  constructor(private readonly local: () => number = () => Date.now()) {}

  now(): Date {
    return new Date(this.local() + this.offset)
  }

  /** Looks at the Date of an answer to what was asked at `askedAt`, in local ms. */
  observe(date: string | null, askedAt: number): void {
    const told = Date.parse(date ?? '')
    const trip = this.local() - askedAt
    // The quickest answer says it best.
    if (Number.isNaN(told) || trip < 0 || trip > this.bestTrip) return
    this.bestTrip = trip
    // The server cuts off the part of a second: half of one on average.
    const offset = told + 500 + trip / 2 - this.local()
    this.offset = Math.abs(offset) < EXACT_ENOUGH_MS ? 0 : offset
  }

  /** `fetch`, with each answer looked at. */
  readonly fetch: typeof fetch = async (input, init) => {
    const askedAt = this.local()
    const response = await fetch(input, init)
    this.observe(response.headers.get('Date'), askedAt)
    return response
  }
}

/** One for the whole page. */
export const serverClock = new ServerClock()
