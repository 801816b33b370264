/** What the form of a live class holds, what is wrong with it, and what of it is told to the server. */
import type {
  CreateLiveClass,
  LiveClass,
  LiveClassDetails,
  LiveClassType,
  SeriesScope,
  UpdateLiveClass,
} from '../protocol/protocol.gen'
import { ONCE, repeatOf, ruleOf, sameRepeat, weekdayOf, type Repeat } from './recurrence'
import { currentName, momentOf, wallClock } from './zones'

export interface PlanFields {
  courseId: string
  sectionId: string
  title: string
  description: string
  type: LiveClassType
  /** Without one it is started when a tutor likes. */
  hasTime: boolean
  day: string
  time: string
  zone: string
  /** Empty: as long as it takes. */
  minutes: string
  repeat: Repeat
  /** Empty: as the server says. */
  most: string
  waitingRoom: boolean
  autoStart: boolean
}

export type PlanField = 'course' | 'title' | 'description' | 'at' | 'minutes' | 'repeat' | 'most' | 'section'
export type PlanProblems = Partial<Record<PlanField | 'form', string>>

export function newFields(at: Date, zone: string, courseId: string): PlanFields {
  return {
    courseId,
    sectionId: '',
    title: '',
    description: '',
    type: 'lecture',
    hasTime: true,
    ...wallClock(at, zone),
    zone,
    minutes: '60',
    repeat: ONCE,
    most: '',
    waitingRoom: false,
    autoStart: false,
  }
}

/**
 * What there is already. `isCustom`: it recurs by a rule that the form cannot show, and so leaves alone. `passed`: so
 * many of its series come before it; a number of classes is then that of those which are left.
 */
export function fieldsOf(one: LiveClassDetails, ownZone: string, fallback: Date, passed = 0) {
  const zone = one.recurrence ? currentName(one.recurrence.timeZone) : ownZone
  const whole = one.recurrence ? repeatOf(one.recurrence) : ONCE
  const left = String(Math.max(1, Number(whole?.count) - passed))
  const repeat = whole?.ends === 'after' ? { ...whole, count: left } : whole
  const fields: PlanFields = {
    courseId: one.courseId,
    sectionId: one.sectionId ?? '',
    title: one.title,
    description: one.description,
    type: one.type,
    hasTime: one.scheduledAt !== null,
    ...wallClock(one.scheduledAt === null ? fallback : new Date(one.scheduledAt), zone),
    zone,
    minutes: one.durationMinutes === null ? '' : String(one.durationMinutes),
    repeat: repeat ?? ONCE,
    most: one.maxParticipants === null ? '' : String(one.maxParticipants),
    waitingRoom: one.waitingRoom,
    autoStart: one.autoStart,
  }
  return { fields, isCustom: repeat === null }
}

/** The end of the day is still a day before; a minute is lost while somebody fills in a form. */
const GRACE_MS = 60_000
const within = (text: string, least: number, most: number) =>
  /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most

/** `isTimeKept`: the time is that from before, and may be over. */
export function planProblems(fields: PlanFields, now: Date, isTimeKept = false): PlanProblems {
  const { repeat } = fields
  const at = fields.hasTime ? momentOf(fields, fields.zone) : null
  const found: PlanProblems = {
    title: fields.title.trim() ? '' : 'Say what the class is about.',
    description: fields.description.length > 4000 ? 'Use at most 4000 characters.' : '',
    at: !fields.hasTime
      ? ''
      : !at
        ? 'Choose a day and a time.'
        : !isTimeKept && at.getTime() < now.getTime() - GRACE_MS
          ? 'This time is over.'
          : '',
    minutes: fields.minutes && !within(fields.minutes, 1, 1440) ? 'Choose 1 to 1440 minutes.' : '',
    most: fields.most && !within(fields.most, 1, 100_000) ? 'Use a number from 1 to 100000.' : '',
    repeat: repeat.every !== 'never' && fields.hasTime ? repeatProblem(repeat, fields.day) : '',
  }
  return Object.fromEntries(Object.entries(found).filter(([, text]) => text))
}

function repeatProblem({ interval, ends, until, count }: Repeat, day: string): string {
  if (!within(interval, 1, 99)) return 'Repeat every 1 to 99 days, weeks or months.'
  if (ends === 'on' && !until) return 'Choose the last day.'
  if (ends === 'on' && until < day) return 'The last day is before the first class.'
  return ends === 'after' && !within(count, 1, 1000) ? 'Plan 1 to 1000 classes.' : ''
}

/** At which field a refusal of the server belongs: its texts name the fields of the protocol. */
export function fieldOfRefusal(text: string): PlanField | 'form' {
  const names: [RegExp, PlanField][] = [
    [/recurrence|rrule|timeZone|time zone/i, 'repeat'],
    [/scheduledAt|autoStart/, 'at'],
    [/durationMinutes/, 'minutes'],
    [/maxParticipants/, 'most'],
    [/description/, 'description'],
    [/section/i, 'section'],
    [/courseId|course is archived/, 'course'],
    [/title/, 'title'],
  ]
  return names.find(([pattern]) => pattern.test(text))?.[1] ?? 'form'
}

const at = (fields: PlanFields) =>
  (fields.hasTime ? momentOf(fields, fields.zone)?.toISOString() : undefined) ?? null
const count = (text: string) => (text ? Number(text) : null)

/** `id` makes a second try after a lost answer the same class. */
export function createBody(fields: PlanFields, id: string): CreateLiveClass & { id: string } {
  const scheduledAt = at(fields)
  const recurrence = scheduledAt === null ? null : ruleOf(fields.repeat, fields.day, fields.zone)
  return {
    id,
    courseId: fields.courseId,
    title: fields.title.trim(),
    description: fields.description.trim(),
    type: fields.type,
    scheduledAt,
    durationMinutes: count(fields.minutes),
    maxParticipants: count(fields.most),
    waitingRoom: fields.waitingRoom,
    autoStart: fields.autoStart && scheduledAt !== null,
    ...(fields.sectionId ? { sectionId: fields.sectionId } : {}),
    ...(recurrence ? { recurrence } : {}),
  }
}

/** The classes of a series that a change can be for. */
export function scopesOf(before: PlanFields, after: PlanFields): SeriesScope[] {
  if (before.zone !== after.zone || !sameRepeat(before.repeat, after.repeat)) return ['following']
  return before.day === after.day ? ['this', 'following', 'all'] : ['this', 'following']
}

/** Only what was changed. */
export function updateBody(
  one: LiveClass,
  before: PlanFields,
  after: PlanFields,
  scope: SeriesScope,
): UpdateLiveClass {
  const isPlanned = one.status === 'scheduled'
  const values = {
    title: after.title.trim(),
    description: after.description.trim(),
    type: after.type,
    sectionId: after.sectionId || null,
    durationMinutes: count(after.minutes),
    maxParticipants: count(after.most),
    waitingRoom: after.waitingRoom,
    autoStart: after.autoStart && after.hasTime,
  }
  const changed = Object.entries(values).filter(([name, value]) => one[name as keyof LiveClass] !== value)
  const body: UpdateLiveClass = { ...Object.fromEntries(changed), scope }
  if (!isPlanned) return body
  const isMoved = at(before) !== at(after)
  if (isMoved) body.scheduledAt = at(after)
  if (scope === 'following' && one.seriesId !== null && needsRule(before, after)) {
    const recurrence = ruleOf(moved(before, after), after.day, after.zone)
    if (recurrence) return { ...body, scheduledAt: at(after), recurrence }
  }
  return body
}

const needsRule = (before: PlanFields, after: PlanFields) =>
  before.day !== after.day || before.zone !== after.zone || !sameRepeat(before.repeat, after.repeat)

/** Whoever moves a class of each Monday to a Tuesday, and those after it, means Tuesdays. */
function moved(before: PlanFields, after: PlanFields): Repeat {
  const day = weekdayOf(after.day)
  const { repeat } = after
  const isWeekdayKept = sameRepeat(before.repeat, repeat) && repeat.days.length === 1
  return isWeekdayKept && day ? { ...repeat, days: [day] } : repeat
}
