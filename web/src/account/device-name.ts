/** A browser by what it says of itself: "Firefox on Windows". It says so many names that the order matters. */
const BROWSERS: readonly (readonly [string, RegExp])[] = [
  ['Edge', /Edg(?:e|A|iOS)?\//],
  ['Opera', /OPR\/|Opera/],
  ['Samsung Internet', /SamsungBrowser/],
  ['Firefox', /Firefox\/|FxiOS/],
  ['Chrome', /Chrome\/|Chromium|CriOS/],
  ['Safari', /Safari\//],
]
const SYSTEMS: readonly (readonly [string, RegExp])[] = [
  ['iPhone', /iPhone|iPod/],
  ['iPad', /iPad/],
  ['Android', /Android/],
  ['Windows', /Windows/],
  ['ChromeOS', /CrOS/],
  ['Mac', /Macintosh|Mac OS/],
  ['Linux', /Linux|X11/],
]

const first = (names: readonly (readonly [string, RegExp])[], label: string) =>
  names.find(([, pattern]) => pattern.test(label))?.[0]

export function deviceName(label: string): string {
  const browser = first(BROWSERS, label)
  const system = first(SYSTEMS, label)
  if (browser && system) return `${browser} on ${system}`
  return browser ?? system ?? (label.trim() || 'An unknown device')
}

export const isPhone = (label: string): boolean => /iPhone|iPod|Android.*Mobile|Mobile.*Firefox/.test(label)
