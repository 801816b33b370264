/** What the feelings are called. */
import type { ReactionKind } from '../../protocol/protocol.gen'

export function reactionName(kind: ReactionKind): string {
  const names: Record<ReactionKind, string> = {
    'thumbs-up': 'Thumbs up',
    'thumbs-down': 'Thumbs down',
    clap: /* @wc-include */ 'Clap',
    heart: /* @wc-include */ 'Heart',
    laugh: /* @wc-include */ 'Laugh',
    wow: /* @wc-include */ 'Wow',
    party: /* @wc-include */ 'Party',
    wave: /* @wc-include */ 'Wave',
  }
  return names[kind]
}
