/** What the keys of the room do. */
import type { Session } from './session'
import type { Command } from './shortcuts'

type RoomPanel = 'chat' | 'people' | 'polls'

/** The part of the page that keys act on. */
export interface Board {
  readonly session: Pick<Session, 'toggle' | 'capture'>
  readonly view: { readonly mayPublish: readonly string[] }
  panel: RoomPanel | null
  dialog: 'reactions' | 'settings' | 'shortcuts' | 'invite' | null
  toggleHand(): void
  togglePanel(panel: RoomPanel): void
}

/** What belongs to those who draw it. */
export interface Hands {
  /** One large picture, or all alike. */
  layout(): void
  /** The keyboard goes to the buttons of the class. */
  toolbar(): void
  talk(): boolean
}

/** False when there was nothing to do, and the key may have its usual meaning. */
export function runCommand(command: Command, board: Board, hands: Hands): boolean {
  const { session } = board
  switch (command) {
    case 'screen':
    case 'mic':
    case 'camera':
      if (!board.view.mayPublish.includes(command)) return false
      if (command === 'screen' && !session.capture.canShareScreen) return false
      void session.toggle(command)
      return true
    case 'talk':
      return hands.talk()
    case 'hand':
      board.toggleHand()
      return true
    case 'chat':
    case 'people':
    case 'polls':
      board.togglePanel(command)
      return true
    case 'reactions':
      board.dialog = board.dialog === 'reactions' ? null : 'reactions'
      return true
    case 'help':
      board.dialog = 'shortcuts'
      return true
    case 'layout':
      hands.layout()
      return true
    case 'toolbar':
      hands.toolbar()
      return true
    case 'close':
      if (board.panel === null) return false
      board.panel = null
      return true
  }
}
