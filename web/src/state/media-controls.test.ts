import { expect, it } from 'vitest'
import { FakeVisit } from '../testing/session'
import { controlFromOutside } from './media-controls'

class FakeControls {
  metadata: MediaMetadata | null = null
  readonly handlers = new Map<string, MediaSessionActionHandler | null>()
  readonly active: boolean[] = []

  setActionHandler(action: MediaSessionAction, handler: MediaSessionActionHandler | null): void {
    if (action === ('togglecamera' as MediaSessionAction)) throw new TypeError('not here')
    this.handlers.set(action, handler)
  }
  setMicrophoneActive(isActive: boolean): Promise<void> {
    this.active.push(isActive)
    return isActive ? Promise.resolve() : Promise.reject(new Error('the page is hidden'))
  }
  setCameraActive(): void {
    throw new TypeError('nor is this')
  }
  press(action: MediaSessionAction | 'togglemicrophone' | 'hangup'): void {
    this.handlers.get(action)?.({ action: action as MediaSessionAction })
  }
}

const turn = () => new Promise((done) => setTimeout(done))

it('lets the system switch the mic, and nothing silence the class', async () => {
  const { session } = new FakeVisit()
  const controls = new FakeControls()
  const end = controlFromOutside(session, controls)
  controls.press('togglemicrophone')
  await turn()
  expect(session.view.on.mic).toBe(true)
  expect(controls.active, 'told when it changes').toEqual([false, true])
  controls.press('pause')
  await turn()
  expect(session.view).toMatchObject({ phase: 'connecting', on: { mic: true } })
  controls.press('hangup')
  await turn()
  expect(session.view.phase).toBe('left')
  end()
  expect([...controls.handlers.values()].every((handler) => handler === null)).toBe(true)
})

it('makes do without', () => {
  const { session } = new FakeVisit()
  controlFromOutside(session, undefined)()
  void session.leave()
  expect(session.view.phase).toBe('left')
})
