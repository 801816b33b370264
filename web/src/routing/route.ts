/** Which page an address stands for. */
import { liveClassIdOf, tokenIn } from '../auth/token'

export type Route =
  | { page: 'home' | 'sign-in' | 'sign-up' | 'notifications' | 'profile' | 'unknown' }
  | { page: 'setup' | 'set-password' | 'invite'; token: string }
  | { page: 'course'; courseId: string }
  | { page: 'live-class'; liveClassId: string }
  | { page: 'chats'; roomId: string | null }
  | { page: 'admin'; section: AdminSection }
  /** The class itself: before joining, and the room. */
  | { page: 'class'; liveClassId: string }

export const ADMIN_SECTIONS = ['users', 'sessions', 'storage', 'settings', 'audit', 'webhooks'] as const
export type AdminSection = (typeof ADMIN_SECTIONS)[number]

const COURSE = /^\/courses\/([A-Za-z0-9_-]{1,64})\/?$/
const LIVE_CLASS = /^\/live-classes\/([A-Za-z0-9_-]{1,64})\/?$/
const CHATS = /^\/chats(?:\/([A-Za-z0-9_-]{1,64}))?\/?$/
const ADMIN = /^\/admin(?:\/([a-z]+))?\/?$/
const INVITE = /^\/invite\/([A-Za-z0-9_-]{1,128})\/?$/

/** Tokens of one-time links are in the hash, which no server or log ever sees. */
export function routeOf(pathname: string, hash: string): Route {
  const liveClassId = liveClassIdOf(pathname)
  if (liveClassId !== null) return { page: 'class', liveClassId }
  const courseId = COURSE.exec(pathname)?.[1]
  if (courseId !== undefined) return { page: 'course', courseId }
  const planned = LIVE_CLASS.exec(pathname)?.[1]
  if (planned !== undefined) return { page: 'live-class', liveClassId: planned }
  const chats = CHATS.exec(pathname)
  if (chats) return { page: 'chats', roomId: chats[1] ?? null }
  const admin = ADMIN.exec(pathname)
  if (admin) {
    const section = ADMIN_SECTIONS.find((one) => one === (admin[1] ?? 'users'))
    return section === undefined ? { page: 'unknown' } : { page: 'admin', section }
  }
  const invite = INVITE.exec(pathname)?.[1]
  if (invite !== undefined) return { page: 'invite', token: invite }
  const token = tokenIn(hash) ?? ''
  switch (pathname.replace(/\/+$/, '')) {
    case '':
      return { page: 'home' }
    case '/sign-in':
      return { page: 'sign-in' }
    case '/sign-up':
      return { page: 'sign-up' }
    case '/notifications':
      return { page: 'notifications' }
    case '/profile':
      return { page: 'profile' }
    case '/setup':
      return { page: 'setup', token }
    case '/set-password':
      return { page: 'set-password', token }
    case '/invite':
      return { page: 'invite', token }
    default:
      return { page: 'unknown' }
  }
}
