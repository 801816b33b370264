import { describe, expect, it } from 'vitest'
import type { CaptureProblem } from '../../media/problems'
import { surroundingsOf } from './browser'
import { helpFor } from './steps'

const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit'
const ANDROID = 'Mozilla/5.0 (Linux; Android 14; Pixel 8'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'
const WINDOWS =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0'

const AGENTS = [
  ['chrome', 'windows', '', `${WINDOWS} Safari/537.36`],
  ['edge', 'windows', '', `${WINDOWS} Safari/537.36 Edg/126.0`],
  ['opera', 'windows', '', `${WINDOWS} Safari/537.36 OPR/111.0`],
  ['firefox', 'linux', '', 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0'],
  ['safari', 'macos', '', `${MAC}/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15`],
  ['chrome', 'macos', '', `${MAC}/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36`],
  [
    'chrome',
    'android',
    '',
    `${ANDROID}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36`,
  ],
  [
    'samsung',
    'android',
    '',
    `${ANDROID}) AppleWebKit/537.36 SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36`,
  ],
  ['firefox', 'android', '', 'Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0'],
  [
    'in-app',
    'android',
    '',
    `${ANDROID}; wv) AppleWebKit/537.36 Version/4.0 Chrome/126.0 Mobile Safari/537.36`,
  ],
  [
    'in-app',
    'android',
    'Instagram',
    `${ANDROID}; wv) AppleWebKit/537.36 Chrome/126.0 Instagram 337.0 Android`,
  ],
  ['safari', 'ios', '', `${IPHONE} Version/17.5 Mobile/15E148 Safari/604.1`],
  ['chrome', 'ios', '', `${IPHONE} CriOS/126.0 Mobile/15E148 Safari/604.1`],
  ['firefox', 'ios', '', `${IPHONE} FxiOS/127.0 Mobile/15E148 Safari/605.1.15`],
  ['in-app', 'ios', 'WhatsApp', `${IPHONE} Mobile/15E148 WhatsApp/2.24`],
  ['in-app', 'ios', 'Facebook', `${IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/470.0]`],
  ['in-app', 'ios', '', `${IPHONE} Mobile/15E148`],
  ['other', 'other', '', 'Something of the future'],
] as const

describe.each(AGENTS)('%s on %s %s', (browser, system, app, agent) => {
  const around = surroundingsOf(agent)

  it('is known', () => {
    expect(around).toEqual({ browser, system, app })
  })

  it.each(['denied', 'dismissed', 'system', 'missing', 'busy', 'insecure', 'failed'] as const)(
    'has steps when a device is %s',
    (problem: CaptureProblem) => {
      for (const source of ['mic', 'camera'] as const) {
        const { steps } = helpFor({ source, problem, isSecure: true }, around)
        expect(steps.length).toBeGreaterThan(0)
        expect(steps.length).toBeLessThan(6)
        expect(steps.every((step) => /[.”]$/.test(step))).toBe(true)
      }
    },
  )
})

it('takes a Mac with a touch screen for the iPad that it is', () => {
  const agent = `${MAC}/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15`
  expect(surroundingsOf(agent, 5)).toEqual({ browser: 'safari', system: 'ios', app: '' })
})

it('tells a page without https from a browser without devices', () => {
  const around = surroundingsOf(`${WINDOWS} Safari/537.36`)
  const text = (isSecure: boolean) =>
    helpFor({ source: 'mic', problem: 'insecure', isSecure }, around).steps.join(' ')
  expect(text(false)).toContain('https')
  expect(text(true)).toContain('another browser')
})

it('names the device that is meant', () => {
  const around = surroundingsOf(`${WINDOWS} Safari/537.36`)
  const of = (source: 'mic' | 'camera') => helpFor({ source, problem: 'denied', isSecure: true }, around)
  expect(of('mic').steps.join(' ')).toContain('Microphone')
  expect(of('camera').steps.join(' ')).not.toContain('Microphone')
})
