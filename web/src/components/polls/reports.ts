/** Who chose what is not told in the room, but on request. */
import type { PollList, PollReport } from '../../protocol/protocol.gen'
import type { RestClient } from '../../protocol/rest'
import { resultsCsv } from '../../room/poll-csv'
import { fileName, saveFile } from '../../ui/save'

const PAGE = 100

const missing = () => 'The server does not have this poll yet. Try again in a moment.'

/** Of one poll of the session that runs. */
export async function reportOf(
  rest: RestClient,
  liveClassId: string,
  sessionId: string,
  pollId: string,
): Promise<PollReport> {
  let cursor: string | null = null
  do {
    const query = new URLSearchParams({ sessionId, limit: String(PAGE), ...(cursor ? { cursor } : {}) })
    const page: PollList = await rest.call(
      'GET',
      `/api/v1/live-classes/${liveClassId}/polls?${String(query)}`,
    )
    const found = page.items.find(({ poll }) => poll.id === pollId)
    if (found) return found
    cursor = page.nextCursor
  } while (cursor)
  throw new Error(missing())
}

/** Hands the results over as a file. */
export function download(report: PollReport): void {
  const table = new Blob([resultsCsv([report])], { type: 'text/csv;charset=utf-8' })
  saveFile(table, fileName(report.poll.question, '.csv'))
}
