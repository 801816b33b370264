import { describe, expect, it } from 'vitest'
import type { PushSubscription } from '../protocol/protocol.gen'
import { MemoryStorage } from '../testing/storage'
import { PushOptIn, type PushBrowser, type Subscription } from './push'

/** A browser, and a server that keeps subscriptions. */
function setUp(over: Partial<PushBrowser> = {}, storage: Storage | null = new MemoryStorage()) {
  let permission: NotificationPermission = 'default'
  let current: Subscription | null = null
  const world = { answer: 'granted' as NotificationPermission, asked: 0, list: [] as PushSubscription[] }
  const browser: PushBrowser = {
    isSupported: true,
    isToBeInstalled: false,
    permission: () => permission,
    ask: () => {
      world.asked += 1
      permission = world.answer
      return Promise.resolve(permission)
    },
    current: () => Promise.resolve(current),
    subscribe: () => {
      const endpoint = 'https://push.example/1'
      current = {
        endpoint,
        toJSON: () => ({ endpoint, keys: { p256dh: 'p', auth: 'a' } }),
        unsubscribe: () => {
          current = null
          return Promise.resolve(true)
        },
      }
      return Promise.resolve(current)
    },
    ...over,
  }
  const rest = {
    call<T>(method: string, path: string): Promise<T> {
      if (path.endsWith('/push/key')) return Promise.resolve({ publicKey: 'k' } as T)
      if (method === 'GET') return Promise.resolve({ items: [...world.list] } as T)
      if (method === 'DELETE') {
        world.list = world.list.filter(({ id }) => !path.endsWith(`/${id}`))
        return Promise.resolve(null as T)
      }
      const id = `s${String(world.list.length + 1)}`
      const added = {
        id,
        origin: 'https://push.example',
        createdAt: '2026-01-01T10:00:00Z',
        lastSuccessAt: null,
      }
      world.list.push(added)
      return Promise.resolve(added as T)
    },
  }
  const page = (userId = 'ada') => new PushOptIn({ rest, browser, storage, userId })
  return { page, world }
}

describe('PushOptIn', () => {
  it('never asks before somebody clicks', async () => {
    const { page, world } = setUp()
    const push = page()
    await push.open()
    expect([push.view.state, world.asked]).toEqual(['off', 0])
    await push.enable()
    expect(push.view).toMatchObject({ state: 'on', ownId: 's1', problem: '' })
    const later = page()
    await later.open()
    expect(later.view).toMatchObject({ state: 'on', ownId: 's1' })
    expect(world.asked).toBe(1)
  })

  it('is off for somebody else in the same browser', async () => {
    const { page } = setUp()
    await page('ada').enable()
    const other = page('ben')
    await other.open()
    expect(other.view).toMatchObject({ state: 'off', ownId: null })
  })

  it('tells what stands in the way', async () => {
    const state = async (over: Partial<PushBrowser>) => {
      const push = setUp(over).page()
      await push.open()
      return push.view.state
    }
    expect(await state({ isSupported: false })).toBe('unsupported')
    expect(await state({ isSupported: false, isToBeInstalled: true })).toBe('install')
    expect(await state({ permission: () => 'denied' })).toBe('denied')
    const { page, world } = setUp()
    world.answer = 'denied'
    const push = page()
    await push.enable()
    expect(push.view.state).toBe('denied')
    expect(world.list).toEqual([])
  })

  it('is taken back here, and on the server', async () => {
    const { page, world } = setUp()
    const push = page()
    await push.enable()
    await push.disable()
    expect(push.view).toMatchObject({ state: 'off', ownId: null, devices: [] })
    expect(world.list).toEqual([])
  })

  it('is off when the server has forgotten it, and works without storage', async () => {
    const { page, world } = setUp()
    await page().enable()
    world.list = []
    const push = page()
    await push.open()
    expect(push.view.state).toBe('off')
    const bare = setUp({}, null).page()
    await bare.enable()
    expect(bare.view.state).toBe('on')
  })

  it('says what failed', async () => {
    const push = setUp({ subscribe: () => Promise.reject(new Error('no push service')) }).page()
    await push.open()
    await push.enable()
    expect(push.view).toMatchObject({ state: 'off', isBusy: false, problem: 'no push service' })
  })
})
