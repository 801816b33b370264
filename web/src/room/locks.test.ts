import { beforeEach, describe, expect, it } from 'vitest'
import { Capture } from '../media/capture'
import { FakeDevices } from '../testing/devices'
import { Locks } from './locks'
import type { Publishing } from './publishing'
import { bare } from '../testing/text'

describe('Locks', () => {
  let now: Publishing
  let capture: Capture
  let locks: Locks
  let said: string[]

  beforeEach(() => {
    now = { may: ['mic', 'camera'], locked: new Set(['mic']), isAnswered: false }
    capture = new Capture(new FakeDevices(), { micId: null, cameraId: null, isPhone: false })
    said = []
    locks = new Locks(
      capture,
      { say: (_, text) => said.push(bare(text)), changed: () => undefined },
      () => now,
    )
  })

  const become = (isAnswered: boolean) => {
    now = { may: ['mic', 'camera'], locked: new Set(isAnswered ? [] : ['mic']), isAnswered }
    locks.obey()
  }
  const offer = () => locks.hear({ event: 'may-speak', data: { byName: 'Emmy' } })

  it('offers to speak until the microphone is on', async () => {
    expect(offer()).toBe(true)
    locks.obey()
    expect(locks.offer, 'the hand may be answered a moment later').toBe('Emmy')
    become(true)
    expect(locks.offer).toBe('Emmy')
    await capture.start('mic')
    expect(locks.offer).toBeNull()
    locks.obey()
    capture.stop('mic')
    expect(locks.offer, 'whoever is muted then was not asked again').toBeNull()
  })

  it('takes the offer back with the turn, and switches off what is locked again', async () => {
    offer()
    become(true)
    become(false)
    expect(locks.offer).toBeNull()
    become(true)
    await capture.start('mic')
    become(false)
    expect(capture.isOn('mic')).toBe(false)
    expect(locks.refuses('mic')).toBe(true)
    expect(said).toEqual(['The tutor has locked microphones.'])
  })

  it('can be declined, and tells only those who speak already', async () => {
    offer()
    become(true)
    locks.decline()
    expect(locks.offer).toBeNull()
    await capture.start('mic')
    offer()
    expect(said).toEqual(['Emmy lets you speak'])
  })
})
