import { expect, it } from 'vitest'
import type { Setting } from '../protocol/protocol.gen'
import { actionName, detailsText } from './audit'
import { bytesText, shareText } from './bytes'
import { tablesOf } from './settings'

it('writes amounts of data', () => {
  const texts = [0, 1, 999, 1_000, 1_440, 25_000_000, 1_073_741_824, 5e15].map((bytes) =>
    bytesText(bytes, 'en'),
  )
  expect(texts).toEqual(['0 bytes', '1 byte', '999 bytes', '1 kB', '1.4 kB', '25 MB', '1.1 GB', '5,000 TB'])
  expect(shareText(0.256, 'en')).toBe('26%')
})

const setting = (name: string, over: Partial<Setting> = {}): Setting => ({
  name,
  value: '1',
  default: '1',
  isSecret: false,
  isSet: false,
  source: 'default',
  where: '',
  ...over,
})

it('finds settings, in their tables', () => {
  const port = setting('http.port', { value: '9000', isSet: true, source: 'file', where: 'config.toml:5' })
  const secret = setting('auth.secret', { value: null, isSecret: true })
  const all = [setting('data_dir'), port, setting('http.host'), secret]
  const names = (search: string, isChangedOnly = false) =>
    tablesOf(all, search, isChangedOnly).map(({ name, settings }) => [name, settings.length])
  expect(names('')).toEqual([
    ['', 1],
    ['http', 2],
    ['auth', 1],
  ])
  expect(names('http 9000')).toEqual([['http', 1]])
  expect(names('CONFIG.toml')).toEqual([['http', 1]])
  expect(names('', true)).toEqual([['http', 1]])
  expect(names('nothing like it')).toEqual([])
})

it('tells what was done, also what it has no words for', () => {
  expect(actionName('block-user')).toBe('blocked an account')
  expect(actionName('invent-something')).toBe('invent something')
  expect(detailsText({ details: { reason: '<b>Spam</b>', before: '', isAdmin: false, ids: [1, 2] } })).toBe(
    'reason: <b>Spam</b> · ids: [1,2]',
  )
})
