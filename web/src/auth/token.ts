/**
 * The access token of this tab. It arrives in the hash of the link, which no server or log ever sees, and is kept
 * in sessionStorage so that a refresh works after the hash was taken out of the address bar.
 *
 * The payload is read to greet its owner. It is not verified here: the server does that.
 */
import type { Role } from '../protocol/protocol.gen'

export interface Identity {
  userId: string
  name: string
  role: Role
  course: string
}

const ROLES: readonly string[] = ['tutor', 'student', 'guest']

const storageKey = (liveClassId: string) => `podium.token.${liveClassId}`

/** The live class named by a path such as `/class/demo`; null when it names none. */
export function liveClassIdOf(pathname: string): string | null {
  return /^\/class\/([A-Za-z0-9_-]{1,64})\/?$/.exec(pathname)?.[1] ?? null
}

/** The token in `#token=…`; null when there is none. */
export function tokenIn(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get('token')
}

/** Takes the token out of the hash, or from an earlier load of this tab. */
export function takeToken(hash: string, liveClassId: string, storage: Storage): string | null {
  const fresh = tokenIn(hash)
  if (fresh) keepToken(fresh, liveClassId, storage)
  return fresh ?? storage.getItem(storageKey(liveClassId))
}

/** Keeps the token that opens a class for this tab. */
export function keepToken(token: string, liveClassId: string, storage: Storage): void {
  storage.setItem(storageKey(liveClassId), token)
}

/** From here on this tab opens the class with the account of whoever is signed in. */
export function dropToken(liveClassId: string, storage: Storage): void {
  storage.removeItem(storageKey(liveClassId))
}

function claimsOf(token: string): Record<string, unknown> | null {
  try {
    const payload = token.split('.')[1] ?? ''
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
  } catch {
    return null
  }
}

/** How long the token is valid from its making to its end, ms; null when it does not say. */
export function lifetimeOf(token: string): number | null {
  const { iat, exp } = claimsOf(token) ?? {}
  return typeof iat === 'number' && typeof exp === 'number' ? (exp - iat) * 1000 : null
}

/** Who the token says its owner is; null when it cannot be read. */
export function readToken(token: string): Identity | null {
  const { sub, name, role, course } = claimsOf(token) ?? {}
  if (typeof name !== 'string' || typeof role !== 'string' || !ROLES.includes(role)) return null
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  return { userId: text(sub), name, role: role as Role, course: text(course) }
}
