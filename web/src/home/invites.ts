/** Links that let people in. */
import type { Invite, InviteList, InviteRole, LiveClass } from '../protocol/protocol.gen'
import { serverClock } from '../protocol/clock'
import type { RestClient } from '../protocol/rest'

const DAY_MS = 86_400_000
/** So long an invite works at least, unless its class ends. */
const SHORTEST_MS = 14 * DAY_MS
/** And so long after the class was to begin: classes are moved. */
const AFTER_START_MS = 7 * DAY_MS
/** The server takes no longer ones. */
const LONGEST_MS = 364 * DAY_MS

type Target = Pick<LiveClass, 'id' | 'courseId' | 'scheduledAt'>

/** When an invite to this class should end, ms. */
export function inviteEnd(scheduledAt: string | null, now: number): number {
  const start = scheduledAt === null ? now : Date.parse(scheduledAt)
  return Math.min(now + LONGEST_MS, Math.max(now + SHORTEST_MS, start + AFTER_START_MS))
}

/** An invite that still does what a new one would; half of its time must be left. */
export function usable(
  invites: readonly Invite[],
  role: InviteRole,
  liveClassId: string | null,
  end: number,
  now: number,
): Invite | null {
  const until = now + (end - now) / 2
  return (
    invites.find(
      (one) =>
        one.role === role &&
        one.liveClassId === liveClassId &&
        one.maxUses === null &&
        one.revokedAt === null &&
        Date.parse(one.expiresAt) >= until,
    ) ?? null
  )
}

export const inviteUrl = (token: string, origin: string): string => `${origin}/invite/${token}`

/** A link for guests of one class; the same one again while it works. */
export function classInvite(
  rest: RestClient,
  target: Target,
  origin: string,
  now = serverClock.now(),
): Promise<string> {
  return invite(rest, target.courseId, 'guest', target.id, inviteEnd(target.scheduledAt, now), origin, now)
}

/** A link to a course: for guests, or for people with an account, who become its students. */
export function courseInvite(
  rest: RestClient,
  courseId: string,
  role: InviteRole,
  origin: string,
  now = serverClock.now(),
): Promise<string> {
  return invite(rest, courseId, role, null, inviteEnd(null, now), origin, now)
}

async function invite(
  rest: RestClient,
  courseId: string,
  role: InviteRole,
  liveClassId: string | null,
  end: number,
  origin: string,
  now: number,
): Promise<string> {
  const path = `/api/v1/courses/${courseId}/invites`
  const { items } = await rest.call<InviteList>('GET', `${path}?limit=200`)
  const found =
    usable(items, role, liveClassId, end, now) ??
    (await rest.call<Invite>('POST', path, { role, liveClassId, expiresAt: new Date(end).toISOString() }))
  return inviteUrl(found.token, origin)
}
