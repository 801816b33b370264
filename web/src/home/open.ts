/** The home of somebody who is signed in, with everything real. */
import type { Account } from '../auth/account'
import type { Me } from '../protocol/protocol.gen'
import { RestClient } from '../protocol/rest'
import { IoSocket } from '../protocol/socket'
import { Home } from './home'

/** With `courseId` that of one course alone. */
export function openHome(account: Account, me: Me, courseId?: string): Home {
  const home = new Home({
    me,
    rest: new RestClient(account),
    socket: new IoSocket(account),
    account,
    origin: location.origin,
    ...(courseId === undefined ? {} : { courseId }),
  })
  home.open()
  return home
}
