/** The first paint. */
import { mount } from 'svelte'
import App from './App.svelte'
import { preferences } from './state/preferences.svelte'

export function start(): void {
  const target = document.getElementById('app')
  if (!target) throw new Error('there is no #app element')
  preferences.apply()
  mount(App, { target })
}
