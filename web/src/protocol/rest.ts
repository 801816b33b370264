/** REST calls of the page: with a token, with that of whoever is signed in, or with none. */
import type { TokenSource } from '../auth/source'
import { at } from '../routing/base'
import { serverClock } from './clock'
import type { ErrorCode, LiveClass, Problem } from './protocol.gen'

export class RestError extends Error {
  override readonly name = 'RestError'

  constructor(
    /** The server's code; `offline` when no answer came. */
    readonly code: ErrorCode | 'offline',
    message: string,
    /** When it may work, seconds from now, if the server said. */
    readonly retryAfter: number | null = null,
  ) {
    super(message)
  }
}

// Texts right behind a `throw` would stay as they are in every language.
export const unreachable = (): RestError =>
  new RestError('offline', 'The server cannot be reached. Check your connection.')
const oddAnswer = (status: number) => `The server answered ${String(status)}.`

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A file as it is sent. */
export interface Upload {
  type: string
  content: string | Blob
}

/** A server that says nothing for so many ms is not there; a dead network tells nobody. */
export const PATIENCE_MS = 30_000
/** Files may take their time. */
const PATIENCE_WITH_FILES_MS = 300_000

const isUpload = (body: object): body is Upload => 'content' in body && 'type' in body

export class RestClient {
  constructor(
    private readonly token: string | TokenSource | null,
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

  /** The answer's body. Fails with `RestError`. */
  async call<T>(method: Method, path: string, body?: object): Promise<T> {
    return answerOf<T>(await this.ask(method, path, body))
  }

  /** What is no JSON: a table or a calendar. Fails with `RestError`. */
  async file(path: string): Promise<Blob> {
    const response = await this.ask('GET', path)
    return response.ok ? response.blob() : answerOf<Blob>(response)
  }

  private async ask(method: Method, path: string, body?: object): Promise<Response> {
    const { token } = this
    if (token === null || typeof token === 'string') return this.send(method, path, body, token)
    const response = await this.send(method, path, body, await token.current())
    // It may have ended earlier than this machine's clock thought.
    return response.status === 401 ? this.send(method, path, body, await token.renew()) : response
  }

  private async send(
    method: Method,
    path: string,
    body: object | undefined,
    token: string | null,
  ): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json' }
    if (token !== null) headers['Authorization'] = `Bearer ${token}`
    const init: RequestInit = { method, headers }
    if (body !== undefined) {
      headers['Content-Type'] = isUpload(body) ? body.type : 'application/json'
      init.body = isUpload(body) ? body.content : JSON.stringify(body)
    }
    const asked = Date.now()
    const limit = new AbortController()
    const patience = body !== undefined && isUpload(body) ? PATIENCE_WITH_FILES_MS : PATIENCE_MS
    const timer = setTimeout(() => {
      limit.abort()
    }, patience)
    try {
      const response = await this.fetcher(at(path), { ...init, signal: limit.signal })
      serverClock.heard(response.headers.get('Date'), asked, 1_000)
      return response
    } catch {
      throw unreachable()
    } finally {
      clearTimeout(timer)
    }
  }
}

async function answerOf<T>(response: Response): Promise<T> {
  const body = (await response.json().catch(() => null)) as unknown
  // Something on the way answered for the server, or the line was cut in the middle.
  if (response.ok && body === null && response.status !== 204) throw unreachable()
  if (response.ok) return body as T
  const problem = (body ?? {}) as Partial<Problem>
  throw new RestError(
    (problem.code ?? 'internal') as ErrorCode,
    problem.detail ?? problem.title ?? oddAnswer(response.status),
    Number(response.headers.get('Retry-After')) || null,
  )
}
