import { expect, it } from 'vitest'
import { watchNetwork } from './network'

class FakeNetwork extends EventTarget {
  type: string | undefined
  become(type: string | undefined): void {
    this.type = type
    this.dispatchEvent(new Event('change'))
  }
}

it('tells of another network, not of another estimate of the same', () => {
  const page = new EventTarget() as unknown as Window
  const network = new FakeNetwork()
  network.type = 'wifi'
  let changes = 0
  const end = watchNetwork(() => (changes += 1), page, network)
  network.become('wifi')
  expect(changes).toBe(0)
  network.become('cellular')
  expect(changes).toBe(1)
  network.become('none')
  expect(changes, 'there is nothing to go to').toBe(1)
  network.become('wifi')
  expect(changes).toBe(2)
  page.dispatchEvent(new Event('online'))
  expect(changes).toBe(3)
  end()
  page.dispatchEvent(new Event('online'))
  network.become('cellular')
  expect(changes).toBe(3)
})

it('makes do with a browser that knows little', () => {
  const page = new EventTarget() as unknown as Window
  let changes = 0
  watchNetwork(() => (changes += 1), page, undefined)
  page.dispatchEvent(new Event('online'))
  expect(changes).toBe(1)
})
