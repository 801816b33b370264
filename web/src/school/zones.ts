/** Wall clocks of the world. */
import { fromAbsolute, parseDateTime, toZoned } from '@internationalized/date'
import { regional } from '../home/times'

/** What `<input type="date">` and `<input type="time">` hold. */
export interface WallClock {
  day: string
  time: string
}

/** Browsers keep names that places do not bear any more; people look for the new ones. */
const RENAMED: Record<string, string> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
}

/** The name of today; one that the browser does not know yet is left as it was. */
export function currentName(zone: string): string {
  const name = RENAMED[zone]
  return name !== undefined && isZone(name) ? name : zone
}

export const ownZone = (): string => currentName(Intl.DateTimeFormat().resolvedOptions().timeZone)

/** Every zone that the browser knows, and these. */
export function allZones(...more: string[]): string[] {
  const intl = Intl as { supportedValuesOf?: (key: 'timeZone') => string[] }
  const known = intl.supportedValuesOf?.('timeZone') ?? []
  return [...new Set([...known, 'UTC', ownZone(), ...more].filter(isZone).map(currentName))].sort()
}

export function isZone(name: string): boolean {
  try {
    Intl.DateTimeFormat(undefined, { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** When the clock there shows that; null for what is no day or time. A time that is skipped is the one after. */
export function momentOf({ day, time }: WallClock, zone: string): Date | null {
  try {
    return toZoned(parseDateTime(`${day}T${time}`), zone).toDate()
  } catch {
    return null
  }
}

/** What the clock there shows. */
export function wallClock(moment: Date, zone: string): WallClock {
  const text = fromAbsolute(moment.getTime(), zone).toString()
  return { day: text.slice(0, 10), time: text.slice(11, 16) }
}

/** "Kolkata" of "Asia/Kolkata". */
export const placeOf = (zone: string): string => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')

/** "GMT+5:30". */
export function offsetText(moment: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat(regional(), { timeZone, timeZoneName: 'shortOffset' }).formatToParts(
    moment,
  )
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
}
