/** The home of somebody who is signed in, with everything real. */
import { publicUrl } from '../routing/base'
import type { Account } from '../auth/account'
import type { Me } from '../protocol/protocol.gen'
import { RestClient } from '../protocol/rest'
import type { SharedSocket } from '../protocol/shared-socket'
import { Home } from './home'

/** With `courseId` that of one course alone. */
export function openHome(account: Account, line: SharedSocket, me: Me, courseId?: string): Home {
  const home = new Home({
    me,
    rest: new RestClient(account),
    socket: line.share(),
    account,
    origin: publicUrl(),
    ...(courseId === undefined ? {} : { courseId }),
  })
  home.open()
  return home
}
