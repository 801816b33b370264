import type { Reception } from '../../protocol/protocol.gen'
import type { Verdict } from '../network-test'

/** The step that a line carries well; null where everything does. */
export function stepFor(verdict: Verdict): Reception | null {
  if (verdict === 'poor') return 'audio'
  if (verdict === 'weak') return 'slides'
  return verdict === 'fair' ? 'saver' : null
}
