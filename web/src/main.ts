import { mount } from 'svelte'
import './app.css'
import { part, useLocale } from './i18n/locale'
import { preferences } from './state/preferences.svelte'

const target = document.getElementById('app')
if (!target) throw new Error('there is no #app element')
preferences.apply()
useLocale(document.documentElement)
const { default: App } = await part(() => import('./App.svelte'), 'main')
mount(App, { target })
