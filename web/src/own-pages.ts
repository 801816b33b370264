/** What somebody sees who is signed in, outside of classes. Loaded when there is somebody. */
import type { Account } from './auth/account'
import { SharedSocket } from './protocol/shared-socket'
import { IoSocket } from './protocol/socket'

export { default as OwnPages } from './views/OwnPages.svelte'

const lines = new WeakMap<Account, SharedSocket>()

/** The connection of an account; one for all its pages. */
export function lineOf(account: Account): SharedSocket {
  const line = lines.get(account) ?? new SharedSocket(() => new IoSocket(account))
  lines.set(account, line)
  return line
}
