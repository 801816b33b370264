/** What a tutor changed about what the room allows, in words for those it concerns. */
import { isolated } from '../i18n/isolate'
import type { RoomPolicy } from '../protocol/protocol.gen'

export function policyNews(was: RoomPolicy, is: RoomPolicy, by: string): string[] {
  const byName = isolated(by)
  const news: string[] = []
  const tell = (
    key: 'micLocked' | 'cameraLocked' | 'screenByStudents' | 'chatLocked',
    on: string,
    off: string,
  ) => {
    if ((was[key] ?? false) !== (is[key] ?? false)) news.push(is[key] ? on : off)
  }
  tell('micLocked', `${byName} locked microphones`, `${byName} unlocked microphones`)
  tell('cameraLocked', `${byName} locked cameras`, `${byName} unlocked cameras`)
  tell('screenByStudents', `${byName} lets everyone share the screen`, `${byName} ended sharing by students`)
  tell('chatLocked', `${byName} locked the chat`, `${byName} unlocked the chat`)
  return news
}
