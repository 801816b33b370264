/** What a class is made of, each part with its messages. What makes it heard comes first, on a thin line seconds before
 * what shows it. */
import { part } from '../i18n/locale'

export const loadSession = () => part(() => import('../visit'), 'room', 'chat')
export const loadRoom = () => part(() => import('./Visit.svelte'), 'room', 'chat')

/** All of it, in this order. */
export async function loadClass(): Promise<void> {
  await loadSession()
  await loadRoom()
}
