/** Entries of the audit log, in words. */
import type { AuditEntry } from '../protocol/protocol.gen'

function names(): Partial<Record<string, string>> {
  return {
    'create-user': 'made an account',
    'rename-user': 'renamed an account',
    'make-admin': 'made somebody an admin',
    'unmake-admin': 'took an admin’s rights',
    'block-user': 'blocked an account',
    'unblock-user': 'unblocked an account',
    'create-password-link': 'made a password link',
    'set-password': 'set a password',
    'create-course': 'made a course',
    'edit-course': 'changed a course',
    'archive-course': 'archived a course',
    'unarchive-course': 'took a course out of the archive',
    'add-to-course': 'added somebody to a course',
    'remove-from-course': 'took somebody out of a course',
    'block-in-course': 'blocked somebody in a course',
    'unblock-in-course': 'unblocked somebody in a course',
    'change-enrolment': 'changed somebody’s place in a course',
    'import-roster': 'imported a roster',
    'create-section': 'made a section',
    'rename-section': 'renamed a section',
    'delete-section': 'deleted a section',
    'create-invite': 'made an invite link',
    'revoke-invite': 'revoked an invite link',
    'cancel-live-class': 'cancelled a class',
    'delete-live-class': 'deleted a class',
    'create-stream-key': 'made a stream key',
    'revoke-stream-key': 'revoked a stream key',
    'mute-in-chat': 'muted somebody in chat',
    'unmute-in-chat': 'let somebody write in chat again',
    'delete-message': 'deleted a message',
    'disable-webhook': 'disabled a webhook',
  }
}

/** What is not in here is shown as the server calls it. */
export const actionName = (action: string): string => names()[action] ?? action.replaceAll('-', ' ')

/** Those that can be looked for. */
export const actions = (): string[] => Object.keys(names())

/** "reason: Spam", one after the other; nothing that is empty. */
export function detailsText({ details }: Pick<AuditEntry, 'details'>): string {
  return Object.entries(details)
    .filter(([, value]) => value !== null && value !== '' && value !== false)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' · ')
}
