/** The page's beginning: asks for its messages and its code in one go. It must import no more than that needs. */
import './app.css'
import { part, useLocale } from './i18n/locale'

useLocale(document.documentElement)
await part(() => import('./start'), 'main').then(({ start }) => {
  start()
})
