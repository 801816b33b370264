import { expect, it } from 'vitest'
import { allZones, currentName, isZone, momentOf, offsetText, ownZone, placeOf, wallClock } from './zones'

it('goes from a wall clock to a moment and back', () => {
  const clock = { day: '2026-03-02', time: '09:00' }
  const moment = momentOf(clock, 'Asia/Kolkata')
  expect(moment?.toISOString()).toBe('2026-03-02T03:30:00.000Z')
  expect(wallClock(new Date('2026-03-02T03:30:00Z'), 'Asia/Kolkata')).toEqual(clock)
  expect(wallClock(new Date('2026-03-02T03:30:00Z'), 'America/New_York')).toEqual({
    day: '2026-03-01',
    time: '22:30',
  })
})

it('follows a clock that changes', () => {
  const noon = (day: string) => momentOf({ day, time: '12:00' }, 'Europe/Berlin')?.toISOString()
  expect(noon('2026-03-28')).toBe('2026-03-28T11:00:00.000Z')
  expect(noon('2026-03-29')).toBe('2026-03-29T10:00:00.000Z')
  expect(momentOf({ day: '2026-03-29', time: '02:30' }, 'Europe/Berlin')?.toISOString()).toBe(
    '2026-03-29T01:30:00.000Z',
  )
})

it('takes no nonsense', () => {
  expect(momentOf({ day: '', time: '10:00' }, 'UTC')).toBeNull()
  expect(momentOf({ day: '2026-02-30', time: '10:00' }, 'UTC')).toBeNull()
  expect(momentOf({ day: '2026-02-20', time: '' }, 'UTC')).toBeNull()
  expect(isZone('Mars/Base')).toBe(false)
})

it('names zones', () => {
  expect(allZones('Mars/Base')).toEqual(expect.arrayContaining(['UTC', 'Europe/Berlin', ownZone()]))
  expect(allZones('Asia/Calcutta')).toContain('Asia/Kolkata')
  expect(allZones('Asia/Calcutta')).not.toContain('Asia/Calcutta')
  expect(currentName('Europe/Berlin')).toBe('Europe/Berlin')
  expect(allZones('Mars/Base')).not.toContain('Mars/Base')
  expect(placeOf('America/Argentina/Buenos_Aires')).toBe('Buenos Aires')
  expect(offsetText(new Date('2026-03-02T03:30:00Z'), 'Asia/Kolkata')).toBe('GMT+5:30')
})
