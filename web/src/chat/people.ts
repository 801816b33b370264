/** Whom one may write to: the people of one's courses. */
import type { Course, RosterList } from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'

export interface Contact {
  userId: string
  name: string
  isTutor: boolean
  /** Courses one has in common. */
  courses: readonly string[]
}

/** So many courses are looked through; of each so many people. */
const COURSES = 12
const PEOPLE = 30

const failed = () => 'The people of your courses could not be loaded.'

/** By name, each once, without oneself. A course that cannot be asked is left out. */
export async function contacts(
  rest: Pick<RestClient, 'call'>,
  courses: readonly Course[],
  words: string,
  selfId: string,
): Promise<Contact[]> {
  const asked = courses.filter((one) => one.archivedAt === null).slice(0, COURSES)
  const query = `limit=${String(PEOPLE)}&search=${encodeURIComponent(words.trim().slice(0, 100))}`
  const rosters = await Promise.all(
    asked.map((course) =>
      rest
        .call<RosterList>('GET', `/api/v1/courses/${course.id}/roster?${query}`)
        .then(({ items }) => items.map((entry) => ({ entry, title: course.title })))
        .catch(() => null),
    ),
  )
  if (asked.length > 0 && rosters.every((one) => one === null)) throw new Error(failed())
  const found = new Map<string, Contact>()
  for (const { entry, title } of rosters.flatMap((one) => one ?? [])) {
    if (entry.userId === selfId || entry.role === 'guest') continue
    const known = found.get(entry.userId)
    found.set(entry.userId, {
      userId: entry.userId,
      name: entry.name,
      isTutor: entry.role === 'tutor' || (known?.isTutor ?? false),
      courses: [...(known?.courses ?? []), title],
    })
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name))
}
