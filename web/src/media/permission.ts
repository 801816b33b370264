/** Whether the browser gives a device without asking. Not every browser tells: then it counts as asking. */
import type { Source } from '../protocol/protocol.gen'

export async function isGranted(
  source: Source,
  permissions: Pick<Permissions, 'query'> | undefined = navigator.permissions as Permissions | undefined,
): Promise<boolean> {
  if (!permissions || source === 'screen') return false
  const name = source === 'mic' ? 'microphone' : 'camera'
  try {
    return (await permissions.query({ name: name as PermissionName })).state === 'granted'
  } catch {
    return false
  }
}
