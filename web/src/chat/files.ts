/** Files of chats: sent with the token and with progress, fetched with the token, and shown from memory. */
import type { TokenSource } from '../auth/source'
import type { Attachment, ErrorCode, Problem } from '../protocol/protocol.gen'
import { RestError, unreachable } from '../protocol/rest'
import { at } from '../routing/base'
import { saveFile } from '../ui/save'

/** So many pictures stay in memory. */
const MOST_KEPT = 60

export type Size = 'preview' | 'file'

const refusalOf = (problem: Partial<Problem> | null, message: string) =>
  new RestError((problem?.code ?? 'internal') as ErrorCode, problem?.detail ?? problem?.title ?? message)

const placeOf = (roomId: string) => `/api/v1/chat-rooms/${roomId}/attachments`

export class ChatFiles {
  private readonly urls = new Map<string, Promise<string>>()

  constructor(
    private readonly token: string | TokenSource | null,
    private readonly fetcher: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  /** `onProgress` gets a share of 1. */
  async upload(
    roomId: string,
    file: File,
    onProgress: (share: number) => void,
    signal: AbortSignal,
  ): Promise<Attachment> {
    const token = await this.current()
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      request.open('POST', at(`${placeOf(roomId)}?name=${encodeURIComponent(file.name)}`))
      if (token !== null) request.setRequestHeader('Authorization', `Bearer ${token}`)
      request.setRequestHeader('Content-Type', file.type || 'application/octet-stream')
      request.responseType = 'json'
      request.upload.onprogress = ({ loaded, total }) => {
        if (total > 0) onProgress(loaded / total)
      }
      request.onload = () => {
        const answer = request.response as Partial<Attachment & Problem> | null
        if (request.status < 300) resolve(answer as Attachment)
        else reject(refusalOf(answer, ''))
      }
      request.onerror = () => {
        reject(unreachable())
      }
      signal.addEventListener('abort', () => {
        request.abort()
      })
      request.send(file)
    })
  }

  /** Fails with `RestError`. */
  async fetch(roomId: string, id: string, size: Size): Promise<Blob> {
    const path = `${placeOf(roomId)}/${id}${size === 'preview' ? '/preview' : ''}`
    let response = await this.get(path, await this.current())
    if (response.status === 401 && this.token !== null && typeof this.token !== 'string')
      response = await this.get(path, await this.token.renew())
    if (response.ok) return response.blob()
    const problem = (await response.json().catch(() => null)) as Partial<Problem> | null
    throw refusalOf(problem, 'The file could not be loaded.')
  }

  /** An address for this page alone. It is kept a while: lists show the same picture again and again. */
  url(roomId: string, id: string, size: Size): Promise<string> {
    const key = `${id} ${size}`
    const known = this.urls.get(key)
    const url = known ?? this.fetch(roomId, id, size).then((blob) => URL.createObjectURL(blob))
    if (!known)
      url.catch(() => {
        this.urls.delete(key)
      })
    this.urls.delete(key)
    this.urls.set(key, url)
    for (const [oldest, old] of this.urls) {
      if (this.urls.size <= MOST_KEPT) break
      this.urls.delete(oldest)
      forget(old)
    }
    return url
  }

  /** Nothing is shown any more: the memory of the pictures is given back. */
  close(): void {
    for (const url of this.urls.values()) forget(url)
    this.urls.clear()
  }

  /** It was shown before: showing it costs nothing. */
  isHere(id: string, size: Size): boolean {
    return this.urls.has(`${id} ${size}`)
  }

  /** Saves it with its name. */
  async save(roomId: string, { id, name }: Pick<Attachment, 'id' | 'name'>): Promise<void> {
    saveFile(await this.fetch(roomId, id, 'file'), name)
  }

  private current(): Promise<string | null> {
    const { token } = this
    return token === null || typeof token === 'string' ? Promise.resolve(token) : token.current()
  }

  private async get(path: string, token: string | null): Promise<Response> {
    try {
      return await this.fetcher(
        at(path),
        token === null ? {} : { headers: { Authorization: `Bearer ${token}` } },
      )
    } catch {
      throw unreachable()
    }
  }
}

function forget(url: Promise<string>): void {
  url.then(
    (gone) => {
      URL.revokeObjectURL(gone)
    },
    () => undefined,
  )
}

/** "340 kB", "2.4 MB". */
export function sizeText(bytes: number, locale?: string): string {
  const [value, unit] = bytes < 1_000_000 ? [Math.max(1, bytes / 1e3), 'kilobyte'] : [bytes / 1e6, 'megabyte']
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 && unit === 'megabyte' ? 1 : 0,
  }).format(value)
}

/** What to tell somebody whose file was not taken. */
export function uploadProblem(error: unknown): string {
  const { code, message } = error instanceof RestError ? error : { code: 'internal', message: '' }
  switch (code) {
    case 'too_large': {
      const most = Number(/\d+/.exec(message)?.[0] ?? 0)
      return most > 0
        ? `This file is too large: the limit is ${sizeText(most)}.`
        : 'This file is too large for this server.'
    }
    case 'unsupported_type':
      return 'Files of this kind are not allowed here. Pictures, PDF, office documents, text, sound and video are.'
    case 'quota_exceeded':
      return 'Your files take all the room you have. Delete messages with files you no longer need.'
    case 'storage_full':
      return 'The server has no room for files left. Tell whoever runs it.'
    case 'muted':
    case 'forbidden':
      return message || 'You may not send files here.'
    case 'offline':
      return 'The file was not sent: the server cannot be reached, or the file is too large for it.'
    default:
      return message || 'The file could not be sent. Try again.'
  }
}
