/** How steps and lines are called before joining. */
import { regional } from '../home/times'
import type { Reception } from '../protocol/protocol.gen'
import type { Why } from './data-use'
import type { Verdict } from './network-test'

export function stepName(step: Reception): string {
  switch (step) {
    case 'full':
      return /* @wc-include */ 'Everything'
    case 'saver':
      return 'One small picture'
    case 'slides':
      return 'Sound and slides'
    case 'audio':
      return 'Sound only'
    case 'text':
      return 'Chat only'
  }
}

/** Rounded as such an estimate deserves; empty when the server did not say. */
export function costText(megabytes: number | null): string {
  if (megabytes === null) return ''
  if (megabytes < 2) return 'about 1 MB/h'
  const rounded = megabytes < 100 ? megabytes : Math.round(megabytes / 10) * 10
  const size = new Intl.NumberFormat(regional()).format(rounded)
  return `about ${size} MB/h`
}

/** Why not everything; empty when there is nothing to explain. */
export function whyText(why: Why): string {
  switch (why) {
    case 'mobile':
      return 'You are on mobile data, so less is chosen to save it. Your camera stays off until you switch it on.'
    case 'save-data':
      return 'Your device saves data, so less is chosen. Your camera stays off until you switch it on.'
    case 'slow':
      return 'Your connection looks slow, so less is chosen. Your camera stays off until you switch it on.'
    default:
      return ''
  }
}

export function verdictText(verdict: Verdict): string {
  switch (verdict) {
    case 'good':
      return 'Good: enough for pictures'
    case 'fair':
      return 'Fair: pictures may get smaller at times'
    case 'weak':
      return 'Weak: sound and slides work best'
    case 'poor':
      return 'Very weak: sound only, or chat only'
  }
}

/** "2.1 Mbit/s", "380 kbit/s", "over 10 Mbit/s". */
export function rateText(kbps: number): string {
  const number = (value: number, digits: number) =>
    new Intl.NumberFormat(regional(), { maximumFractionDigits: digits }).format(value)
  if (kbps > 10_000) {
    const most = number(10, 0)
    return `over ${most} Mbit/s`
  }
  if (kbps >= 1_000) return `${number(kbps / 1_000, 1)} Mbit/s`
  return `${number(kbps, 0)} kbit/s`
}
