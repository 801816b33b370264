/** What somebody prefers on this device. Without storage it holds for this page alone. */
import type { Happening } from './announcer.svelte'

export type Theme = 'system' | 'light' | 'dark'
export type CaptionSize = 'small' | 'medium' | 'large'

interface Kept {
  theme: Theme
  /** Single letters do something in the room. */
  hasShortcuts: boolean
  /** A chime calls a tutor who looks elsewhere. */
  hasChime: boolean
  hasCaptions: boolean
  captionSize: CaptionSize
  /** Happenings that are not read out. */
  silent: Happening[]
}

const KEY = 'podium.preferences'
const USUAL: Kept = {
  theme: 'system',
  hasShortcuts: true,
  hasChime: true,
  hasCaptions: true,
  captionSize: 'medium',
  silent: ['reactions'],
}

function load(): Kept {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Kept>
    return { ...USUAL, ...kept }
  } catch {
    return USUAL
  }
}

const systemIsDark = matchMedia('(prefers-color-scheme: dark)')

class Preferences {
  private kept = $state.raw<Kept>(load())

  get theme(): Theme {
    return this.kept.theme
  }

  get hasShortcuts(): boolean {
    return this.kept.hasShortcuts
  }

  announces(happening: Happening): boolean {
    return !this.kept.silent.includes(happening)
  }

  setTheme(theme: Theme): void {
    this.keep({ theme })
    this.apply()
  }

  setShortcuts(hasShortcuts: boolean): void {
    this.keep({ hasShortcuts })
  }

  get hasChime(): boolean {
    return this.kept.hasChime
  }

  setChime(hasChime: boolean): void {
    this.keep({ hasChime })
  }

  /** What is said is shown in writing, when somebody writes it. */
  get hasCaptions(): boolean {
    return this.kept.hasCaptions
  }

  setCaptions(hasCaptions: boolean): void {
    this.keep({ hasCaptions })
  }

  get captionSize(): CaptionSize {
    return this.kept.captionSize
  }

  setCaptionSize(captionSize: CaptionSize): void {
    this.keep({ captionSize })
  }

  setAnnounced(happening: Happening, isAnnounced: boolean): void {
    const others = this.kept.silent.filter((one) => one !== happening)
    this.keep({ silent: isAnnounced ? others : [...others, happening] })
  }

  /** Shows the page as it is preferred. */
  apply(root: HTMLElement = document.documentElement): void {
    const { theme } = this.kept
    root.dataset['theme'] = theme !== 'system' ? theme : systemIsDark.matches ? 'dark' : 'light'
  }

  private keep(change: Partial<Kept>): void {
    this.kept = { ...this.kept, ...change }
    try {
      localStorage.setItem(KEY, JSON.stringify(this.kept))
    } catch {
      // A full or forbidden storage must not keep anybody from choosing.
    }
  }
}

export const preferences = new Preferences()

systemIsDark.addEventListener('change', () => {
  preferences.apply()
})
