/** What to do, in short steps, when a mic or a camera cannot be switched on: by problem, browser and system. */
import type { CaptureProblem } from '../../media/problems'
import type { BrowserName, Surroundings, System } from './browser'

export interface Help {
  steps: string[]
  /** What is good to know besides. */
  note: string
}

export interface Trouble {
  source: 'mic' | 'camera'
  problem: CaptureProblem
  /** The page came by https, or from this computer. */
  isSecure: boolean
}

export function helpFor({ source, problem, isSecure }: Trouble, around: Surroundings): Help {
  const isMic = source === 'mic'
  if (around.browser === 'in-app') return inApp(around)
  switch (problem) {
    case 'denied':
    case 'dismissed':
      return { steps: [...allowSteps(around, isMic), again()], note: systemNote(around.system) }
    case 'system':
      return { steps: [...systemSteps(around.system, isMic), again()], note: '' }
    case 'missing':
      return {
        steps: [
          isMic ? 'Connect a microphone or a headset.' : 'Connect a camera.',
          'If one is connected, take the plug out and put it in again.',
          ...systemSteps(around.system, isMic).slice(0, 1),
          again(),
        ],
        note: nobodyNeeds(),
      }
    case 'insecure':
      return isSecure
        ? {
            steps: ['Open this page in another browser, such as Firefox, Chrome or Safari.'],
            note: nobodyNeeds(),
          }
        : {
            steps: [
              'Look at the address: it begins with “http://”, and browsers let only “https://” pages use these devices.',
              'Ask for a link that begins with “https://”, or write it so in the address bar.',
            ],
            note: nobodyNeeds(),
          }
    default:
      return { steps: busySteps(isMic), note: nobodyNeeds() }
  }
}

const again = () => 'Come back to this page and choose “Try again”.'
const nobodyNeeds = () => 'You can join without it, and switch it on later.'

function inApp({ app, system }: Surroundings): Help {
  const menu =
    system === 'ios'
      ? 'Choose the three dots or the compass in a corner, then “Open in Safari” or “Open in browser”.'
      : 'Choose the three dots in a corner, then “Open in Chrome” or “Open in browser”.'
  return {
    steps: [
      menu,
      'If there is no such entry, copy the link and put it into the address bar of your browser.',
    ],
    note: app
      ? `This page is shown by ${app}, and most such programs let no page use a microphone or a camera.`
      : 'This page is shown inside another app, and most apps let no page use a microphone or a camera.',
  }
}

function allowSteps({ browser, system }: Surroundings, isMic: boolean): string[] {
  if (system === 'ios') return browser === 'safari' ? safariOnPhone(isMic) : browserOnIos(isMic)
  if (system === 'android') return onAndroid(browser, isMic)
  switch (browser) {
    case 'firefox':
      return [
        isMic
          ? 'Choose the crossed-out microphone at the left of the address.'
          : 'Choose the crossed-out camera at the left of the address.',
        'Choose the × beside “Blocked” or “Blocked Temporarily”.',
      ]
    case 'safari':
      return [
        'Choose Safari in the menu bar, then “Settings for This Website…”.',
        isMic ? 'Set “Microphone” to “Allow”.' : 'Set “Camera” to “Allow”.',
      ]
    case 'edge':
      return [
        'Choose the lock at the left of the address, then “Permissions for this site”.',
        isMic ? 'Set “Microphone” to “Allow”.' : 'Set “Camera” to “Allow”.',
      ]
    case 'other':
      return [
        'Open the settings of this site: most browsers have them beside the address.',
        isMic ? 'Let it use the microphone.' : 'Let it use the camera.',
      ]
    default:
      return [
        'Choose the icon at the left of the address (two sliders, or a lock).',
        isMic ? 'Switch “Microphone” on.' : 'Switch “Camera” on.',
      ]
  }
}

const safariOnPhone = (isMic: boolean) => [
  'Choose the page icon or “AA” beside the address, then the three dots or “Website Settings”.',
  isMic ? 'Set “Microphone” to “Allow”.' : 'Set “Camera” to “Allow”.',
]

const browserOnIos = (isMic: boolean) => [
  'Open the Settings of this phone or tablet, and find your browser in the list of apps.',
  isMic ? 'Switch “Microphone” on.' : 'Switch “Camera” on.',
]

function onAndroid(browser: BrowserName, isMic: boolean): string[] {
  const allow = isMic ? 'Set “Microphone” to “Allow”.' : 'Set “Camera” to “Allow”.'
  switch (browser) {
    case 'firefox':
      return ['Choose the lock or the shield beside the address.', allow]
    case 'samsung':
      return ['Choose the lock beside the address, then “Permissions”.', allow]
    default:
      return ['Choose the icon beside the address (two sliders, or a lock), then “Permissions”.', allow]
  }
}

function systemSteps(system: System, isMic: boolean): string[] {
  switch (system) {
    case 'macos':
      return [
        isMic
          ? 'Open System Settings, “Privacy & Security”, “Microphone”, and switch your browser on.'
          : 'Open System Settings, “Privacy & Security”, “Camera”, and switch your browser on.',
        'Quit the browser and open it again.',
      ]
    case 'windows':
      return [
        isMic
          ? 'Open Settings, “Privacy & security”, “Microphone”, and let apps use it: your browser, too.'
          : 'Open Settings, “Privacy & security”, “Camera”, and let apps use it: your browser, too.',
      ]
    case 'android':
      return [
        isMic
          ? 'Open Settings, “Apps”, your browser, “Permissions”, and allow the microphone.'
          : 'Open Settings, “Apps”, your browser, “Permissions”, and allow the camera.',
        'Look at the quick settings as well: they can block it for all apps.',
      ]
    case 'ios':
      return browserOnIos(isMic)
    case 'chromeos':
      return [
        isMic
          ? 'Open Settings, “Privacy and security”, “Privacy controls”, and switch the microphone on.'
          : 'Open Settings, “Privacy and security”, “Privacy controls”, and switch the camera on.',
      ]
    default:
      return [
        'Open the settings of this computer, “Privacy” or “Sound”, and let your browser use the device.',
      ]
  }
}

const systemNote = (system: System) =>
  system === 'macos' || system === 'windows'
    ? 'If it is allowed there already, look into the privacy settings of this computer: they can block the browser, too.'
    : ''

const busySteps = (isMic: boolean) => [
  'Close other programs and tabs that may use it: Zoom, Teams, OBS, another class.',
  isMic ? 'Choose another microphone in the list.' : 'Choose another camera in the list.',
  'If that does not help, restart the browser.',
  again(),
]
