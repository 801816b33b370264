import { describe, expect, it } from 'vitest'
import { deviceName, isPhone } from './device-name'
import { Paged } from './paged'

interface Item {
  id: string
  name: string
}

/** A list of the server that is answered by hand. */
function setUp() {
  const asked: { path: string; answer: (page: object) => void; fail: (error: Error) => void }[] = []
  const rest = {
    call: <T>(_: string, path: string) =>
      new Promise<T>((resolve, reject) => {
        asked.push({
          path,
          answer: (page) => {
            resolve(page as T)
          },
          fail: reject,
        })
      }),
  }
  return { list: new Paged<Item>(rest, '/users', ({ id }) => id), asked }
}

const item = (id: string, name = id): Item => ({ id, name })

describe('Paged', () => {
  it('goes on where it was, and shows nobody twice', async () => {
    const { list, asked } = setUp()
    const first = list.load({ search: 'a b', blocked: undefined })
    asked[0]?.answer({ items: [item('1'), item('2')], nextCursor: 'next' })
    await first
    expect(list.view).toMatchObject({ isLoaded: true, isBusy: false, isMore: true })
    const more = list.more()
    void list.more()
    asked[1]?.answer({ items: [item('2'), item('3')], nextCursor: null })
    await more
    expect(asked.map(({ path }) => path)).toEqual(['/users?search=a+b', '/users?search=a+b&cursor=next'])
    expect(list.view.items.map(({ id }) => id)).toEqual(['1', '2', '3'])
    expect(list.view.isMore).toBe(false)
  })

  it('takes the last answer only', async () => {
    const { list, asked } = setUp()
    const old = list.load({ search: 'a' })
    const latest = list.load({ search: 'ab' })
    asked[1]?.answer({ items: [item('ab')], nextCursor: null })
    await latest
    asked[0]?.answer({ items: [item('a')], nextCursor: null })
    await old
    expect(list.view.items).toEqual([item('ab')])
  })

  it('keeps what it has when something fails, and takes changes', async () => {
    const { list, asked } = setUp()
    const first = list.load()
    asked[0]?.answer({ items: [item('1'), item('2')], nextCursor: null })
    await first
    list.put(item('2', 'other'))
    list.put(item('3'))
    list.remove('1')
    expect(list.view.items).toEqual([item('3'), item('2', 'other')])
    const again = list.load()
    asked[1]?.fail(new Error('offline'))
    await again
    expect(list.view).toMatchObject({ problem: 'offline', isBusy: false })
    expect(list.view.items).toHaveLength(2)
  })
})

it('knows browsers by what they say of themselves', () => {
  const mozilla = 'Mozilla/5.0'
  const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36'
  const names = [
    [`${mozilla} (X11; Linux x86_64) ${chrome}`, 'Chrome on Linux'],
    [`${mozilla} (Windows NT 10.0; Win64; x64) ${chrome} Edg/130.0`, 'Edge on Windows'],
    [`${mozilla} (X11; CrOS x86_64) ${chrome}`, 'Chrome on ChromeOS'],
    [`${mozilla} (Macintosh; Intel Mac OS X 10.15; rv:128.0) Firefox/128.0`, 'Firefox on Mac'],
    [
      `${mozilla} (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1`,
      'Safari on iPhone',
    ],
    ['curl/8.0', 'curl/8.0'],
    ['', 'An unknown device'],
  ] as const
  for (const [label, name] of names) expect(deviceName(label)).toBe(name)
  expect(isPhone(names[4][0])).toBe(true)
  expect(isPhone(names[0][0])).toBe(false)
})
