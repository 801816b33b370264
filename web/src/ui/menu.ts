/** What stands in a menu. */
import type { IconName } from './icons'

export type MenuEntry =
  | { kind: 'line'; id: string }
  | { kind: 'switch'; id: string; label: string; isOn: boolean; isDisabled?: boolean; run: () => void }
  | {
      kind: 'action'
      id: string
      label: string
      icon?: IconName
      isDangerous?: boolean
      isDisabled?: boolean
      run: () => void
    }
