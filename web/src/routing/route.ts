/** Which page an address stands for. */
import { liveClassIdOf, tokenIn } from '../auth/token'

export type Route =
  | { page: 'home' | 'sign-in' | 'unknown' }
  | { page: 'setup' | 'set-password' | 'invite'; token: string }
  | { page: 'course'; courseId: string }
  | { page: 'class'; liveClassId: string }

const COURSE = /^\/courses\/([A-Za-z0-9_-]{1,64})\/?$/
const INVITE = /^\/invite\/([A-Za-z0-9_-]{1,128})\/?$/

/** Tokens of one-time links are in the hash, which no server or log ever sees. */
export function routeOf(pathname: string, hash: string): Route {
  const liveClassId = liveClassIdOf(pathname)
  if (liveClassId !== null) return { page: 'class', liveClassId }
  const courseId = COURSE.exec(pathname)?.[1]
  if (courseId !== undefined) return { page: 'course', courseId }
  const invite = INVITE.exec(pathname)?.[1]
  if (invite !== undefined) return { page: 'invite', token: invite }
  const token = tokenIn(hash) ?? ''
  switch (pathname.replace(/\/+$/, '')) {
    case '':
      return { page: 'home' }
    case '/sign-in':
      return { page: 'sign-in' }
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
