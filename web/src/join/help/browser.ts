/** Which browser this is: permissions are given back at another place in each. Nothing else may depend on it. */
import { isAppleTouch } from '../../media/audio-session'

export type BrowserName = 'chrome' | 'edge' | 'firefox' | 'safari' | 'samsung' | 'opera' | 'in-app' | 'other'
export type System = 'windows' | 'macos' | 'ios' | 'android' | 'chromeos' | 'linux' | 'other'

export interface Surroundings {
  browser: BrowserName
  system: System
  /** The program that shows the page, where it is no browser: "Instagram". */
  app: string
}

/** Programs that show pages by themselves; most give a page no microphone. */
const APPS: readonly (readonly [string, RegExp])[] = [
  ['Instagram', /Instagram/],
  ['Messenger', /FBAN\/Messenger|FB_IAB\/Orca|MessengerForiOS/],
  ['Facebook', /FBAN|FBAV|FB_IAB/],
  ['WhatsApp', /WhatsApp/],
  ['WeChat', /MicroMessenger/],
  ['LINE', /\bLine\//],
  ['TikTok', /musical_ly|BytedanceWebview|TikTok/],
  ['Snapchat', /Snapchat/],
  ['LinkedIn', /LinkedInApp/],
  ['X', /Twitter/],
  ['Telegram', /Telegram/],
]

const BROWSERS: readonly (readonly [BrowserName, RegExp])[] = [
  ['edge', /Edg(?:e|A|iOS)?\//],
  ['samsung', /SamsungBrowser/],
  ['opera', /OPR\/|OPiOS|OPT\//],
  ['firefox', /Firefox\/|FxiOS/],
  ['chrome', /Chrome\/|CriOS|Chromium/],
  ['safari', /Version\/[\d.]+.*Safari/],
]

function systemOf(agent: string, touchPoints: number): System {
  if (isAppleTouch({ userAgent: agent, maxTouchPoints: touchPoints })) return 'ios'
  if (/Android/.test(agent)) return 'android'
  if (/Windows/.test(agent)) return 'windows'
  if (/Macintosh|Mac OS X/.test(agent)) return 'macos'
  if (/CrOS/.test(agent)) return 'chromeos'
  return /Linux|X11/.test(agent) ? 'linux' : 'other'
}

export function surroundingsOf(agent: string, touchPoints = 0): Surroundings {
  const system = systemOf(agent, touchPoints)
  const app = APPS.find(([, pattern]) => pattern.test(agent))?.[0] ?? ''
  // Android's own view for programs; iOS's has no "Safari" and no "Version".
  const isView = /; wv\)/.test(agent) || (system === 'ios' && !/Safari|CriOS|FxiOS|EdgiOS/.test(agent))
  if (app || isView) return { browser: 'in-app', system, app }
  const browser = BROWSERS.find(([, pattern]) => pattern.test(agent))?.[0] ?? 'other'
  return { browser, system, app }
}
