import { expect, it } from 'vitest'
import { FakeDevices } from '../testing/devices'
import { FakePage } from '../testing/page'
import { Capture } from './capture'
import { restWhileHidden } from './hidden-camera'

function phone() {
  const capture = new Capture(new FakeDevices(), { micId: null, cameraId: null, isPhone: true })
  const page = new FakePage()
  let returns = 0
  const end = restWhileHidden(capture, () => (returns += 1), page)
  return { capture, page, end, returns: () => returns }
}

it('switches the camera off while the page is hidden, the mic not, and back on', async () => {
  const { capture, page, returns } = phone()
  await capture.start('camera')
  await capture.start('mic')
  page.become('hidden')
  expect([capture.isOn('camera'), capture.isOn('mic'), returns()]).toEqual([false, true, 0])
  page.become('visible')
  expect(returns()).toBe(1)
})

it('leaves a camera off that was off', () => {
  const { page, returns } = phone()
  page.become('hidden')
  page.become('visible')
  expect(returns()).toBe(0)
})

it('does nothing more once ended', async () => {
  const { capture, page, end } = phone()
  await capture.start('camera')
  end()
  page.become('hidden')
  expect(capture.isOn('camera')).toBe(true)
})
