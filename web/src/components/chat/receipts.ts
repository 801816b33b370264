/** Under the last of one's own messages: who has read it. */
import { plural } from '../../i18n/plural'

export function receiptText(count: number, readers: number): string {
  if (count === 0) return ''
  return readers === 1 ? /* @wc-include */ 'Seen' : plural(count, ['Read by #', 'Read by #'])
}
