/** What stands in a menu. */
import type { Snippet } from 'svelte'
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

export interface MenuProps {
  /** What the button is called. */
  label: string
  testid: string
  entries: readonly MenuEntry[]
  side?: 'top' | 'bottom' | 'left' | 'right'
  /** What the button shows. */
  children: Snippet
  class?: string
  isOpen?: boolean
}
