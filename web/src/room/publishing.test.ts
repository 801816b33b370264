import { describe, expect, it } from 'vitest'
import { person, policy, snapshot } from '../testing/room'
import type { Hand, Participant, RoomPolicy } from '../protocol/protocol.gen'
import { NOTHING, publishing } from './publishing'
import { fromSnapshot } from './reducer'

const me = person('me')
const hand = (isAnswered: boolean): Hand => ({ participantId: 'me', raisedAt: me.joinedAt, isAnswered })

function of(over: Partial<RoomPolicy>, self: Participant = me, hands: Hand[] = []) {
  const room = fromSnapshot(snapshot({ existingUsers: [self], hands, policy: { ...policy, ...over } }), [])
  const { may, locked } = publishing(room, 'me')
  return { may: [...may], locked: [...locked] }
}

describe('what one may publish', () => {
  it('is nothing before one is in the room', () => {
    expect(publishing(null, null)).toBe(NOTHING)
  })

  it('is mic and camera for students, everything for tutors, whatever is locked', () => {
    const all = { micLocked: true, cameraLocked: true }
    expect(of({})).toEqual({ may: ['mic', 'camera'], locked: [] })
    expect(of(all)).toEqual({ may: ['mic', 'camera'], locked: ['mic', 'camera'] })
    expect(of(all, person('me', { role: 'tutor' }))).toEqual({
      may: ['mic', 'camera', 'screen'],
      locked: [],
    })
  })

  it('follows exceptions made for one', () => {
    const allowed = person('me', { allowed: ['camera', 'screen'] })
    expect(of({ micLocked: true, cameraLocked: true }, allowed)).toEqual({
      may: ['mic', 'camera', 'screen'],
      locked: ['mic'],
    })
    expect(of({ screenByStudents: true }).may).toContain('screen')
  })

  it('lets one speak while the raised hand is answered', () => {
    expect(of({ micLocked: true }, me, [hand(false)]).locked).toEqual(['mic'])
    expect(of({ micLocked: true, cameraLocked: true }, me, [hand(true)]).locked).toEqual(['camera'])
  })
})
