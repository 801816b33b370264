/** The few REST calls the page makes. */
import type { ErrorCode, LiveClass, Problem } from './protocol.gen'

export class RestError extends Error {
  override readonly name = 'RestError'

  constructor(
    /** The server's code; `offline` when no answer came. */
    readonly code: ErrorCode | 'offline',
    message: string,
  ) {
    super(message)
  }
}

export class RestClient {
  constructor(
    private readonly token: string,
    private readonly fetcher: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  liveClass(id: string): Promise<LiveClass> {
    return this.call('GET', `/api/v1/live-classes/${id}`)
  }

  /** Starts a session; that one runs already is as good. */
  async start(id: string): Promise<void> {
    try {
      await this.call('POST', `/api/v1/live-classes/${id}/start`)
    } catch (error) {
      if (!(error instanceof RestError && error.code === 'already_live')) throw error
    }
  }

  private async call<T>(method: 'GET' | 'POST', path: string): Promise<T> {
    let response: Response
    try {
      response = await this.fetcher(path, {
        method,
        headers: { Authorization: `Bearer ${this.token}`, Accept: 'application/json' },
      })
    } catch {
      throw new RestError('offline', 'The server cannot be reached. Check your connection.')
    }
    const body = (await response.json().catch(() => null)) as unknown
    if (response.ok) return body as T
    const problem = (body ?? {}) as Partial<Problem>
    throw new RestError(
      (problem.code ?? 'internal') as ErrorCode,
      problem.detail ?? problem.title ?? `The server answered ${String(response.status)}.`,
    )
  }
}
