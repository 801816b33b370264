import type { Part } from '../i18n/parts'
export function loadMessages(part: Part, locale: string): Promise<void>
