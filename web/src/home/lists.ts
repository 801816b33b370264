/** The lists of classes as the server has them: what runs, what is to come, and page by page what is over. */
import type { LiveClass, LiveClassList } from '../protocol/protocol.gen'
import { bounds, type ClassFilter } from './filter'
import { PAGE, type ClassStatus, type School } from './school'

const SIZES: Record<ClassStatus, number> = { live: 50, upcoming: 100, ended: 20, cancelled: 10 }
/** The server does not choose by type: so more are looked through. */
const PAGES_BY_TYPE = 3

export interface Lists {
  classes: LiveClass[]
  hasMoreUpcoming: boolean
  hasMorePast: boolean
  /** Of what is over, everything since then is there, ms; before that there may be gaps. */
  since: number
}

export interface Pages {
  upcoming: number
  past: number
}

const STATUS: Record<ClassStatus, LiveClass['status']> = {
  live: 'live',
  upcoming: 'scheduled',
  ended: 'ended',
  cancelled: 'cancelled',
}

const ms = (text: string | null) => (text === null ? 0 : Date.parse(text))

/** The latest that is known of it. */
export const latest = (one: LiveClass): number =>
  Math.max(ms(one.scheduledAt), ms(one.startedAt), ms(one.endedAt))

/** What the server orders it by, as far as that is told. */
const order = (one: LiveClass) => ms(one.scheduledAt ?? one.startedAt ?? one.endedAt)

/** From where on a list is whole. */
function frontier({ items, nextCursor }: LiveClassList): number {
  const last = items.at(-1)
  return nextCursor !== null && last ? order(last) : -Infinity
}

const NOTHING: LiveClassList = { items: [], nextCursor: null }

export async function fetchLists(
  school: School,
  filter: ClassFilter,
  pages: Pages,
  courseId?: string,
): Promise<Lists> {
  const fetch = (status: ClassStatus, count: number) => {
    if (filter.status !== null && filter.status !== STATUS[status]) return Promise.resolve(NOTHING)
    const wanted = { status, courseId: courseId ?? filter.courseId, ...bounds(filter) }
    if (filter.type === null) return school.classes({ ...wanted, limit: SIZES[status] }, count)
    return school.classes({ ...wanted, limit: PAGE }, count + PAGES_BY_TYPE)
  }
  const [live, upcoming, ended, cancelled] = await Promise.all([
    fetch('live', 1),
    fetch('upcoming', pages.upcoming),
    fetch('ended', pages.past),
    fetch('cancelled', pages.past),
  ])
  return {
    classes: [live, upcoming, ended, cancelled].flatMap(({ items }) => items),
    hasMoreUpcoming: upcoming.nextCursor !== null,
    hasMorePast: ended.nextCursor !== null || cancelled.nextCursor !== null,
    since: Math.max(frontier(ended), frontier(cancelled)),
  }
}
