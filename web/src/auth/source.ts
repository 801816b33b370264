/** Where the access token comes from that requests and connections carry. */
import type { ServerEventData } from '../protocol/protocol.gen'

export interface TokenSource {
  /** One that is valid now; null when nobody is signed in. Fails with `RestError` when that cannot be found out. */
  current(): Promise<string | null>
  /** A newer one, because the last was refused or ends soon. */
  renew(): Promise<string | null>
  /** The server says that a sign-in of this user is over. */
  signedOut(event: ServerEventData['signed-out']): void
}

/** What a connection says of its owner: each time anew with an account, whose tokens are short-lived. */
export function authOf(
  token: string | TokenSource,
): { token: string } | ((send: (auth: { token: string }) => void) => void) {
  if (typeof token === 'string') return { token }
  return (send) => {
    // Without an answer the token stays empty; the server refuses it, and then one looks again.
    token.current().then(
      (current) => {
        send({ token: current ?? '' })
      },
      () => {
        send({ token: '' })
      },
    )
  }
}
