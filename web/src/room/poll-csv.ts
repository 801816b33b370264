/** Results for a spreadsheet. */
import type { PollReport } from '../protocol/protocol.gen'

/** A cell that begins so would be a formula: not what somebody wrote as the name of an answer. */
const FORMULA = /^[=+\-@\t\r]/

function cell(value: string | number): string {
  const text = typeof value === 'string' && FORMULA.test(value) ? `'${value}` : String(value)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** With the mark by which spreadsheets know that it is UTF-8. */
const table = (rows: readonly (readonly (string | number)[])[]): string =>
  `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`

/** One row for each answer that could be chosen: how many chose it, and who, where that is known. */
export function resultsCsv(reports: readonly PollReport[]): string {
  const rows = reports.flatMap(({ poll, results, answers }) =>
    poll.options.map((text, place) => [
      poll.question,
      text,
      poll.correct === null ? '' : poll.correct.includes(place) ? 'yes' : 'no',
      results.counts[place] ?? 0,
      results.voters,
      (answers ?? [])
        .filter(({ choices }) => choices.includes(place))
        .map(({ name }) => name)
        .join('; '),
      poll.openedAt ?? '',
      poll.closedAt ?? '',
    ]),
  )
  return table([['question', 'answer', 'right', 'votes', 'voters', 'names', 'opened', 'closed'], ...rows])
}
