/** The settings in force, by their tables. */
import type { Setting } from '../protocol/protocol.gen'

export interface Table {
  /** Empty: what stands before all tables. */
  name: string
  settings: Setting[]
}

/** `search`: words that are each in the name, the value or where it comes from. */
export function tablesOf(settings: readonly Setting[], search: string, isChangedOnly: boolean): Table[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const tables: Table[] = []
  for (const setting of settings) {
    if (isChangedOnly && !setting.isSet) continue
    const text = `${setting.name} ${setting.value ?? ''} ${setting.where}`.toLowerCase()
    if (!words.every((word) => text.includes(word))) continue
    const name = setting.name.includes('.') ? setting.name.slice(0, setting.name.lastIndexOf('.')) : ''
    const table = tables.find((one) => one.name === name)
    if (table) table.settings.push(setting)
    else tables.push({ name, settings: [setting] })
  }
  return tables
}
