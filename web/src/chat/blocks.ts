/** Whom one has blocked; apart from `moderation`, as a class has no need of it. */
import type { BlockedUserList } from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'

/** False as well when the server does not say. */
export async function isBlocking(rest: Pick<RestClient, 'call'>, userId: string): Promise<boolean> {
  const list = await rest.call<BlockedUserList>('GET', '/api/v1/me/blocked-users?limit=200').catch(() => null)
  return list?.items.some(({ id }) => id === userId) ?? false
}
