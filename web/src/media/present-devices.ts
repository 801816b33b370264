/** What the list of devices says about the one in use: it was pulled out, or another became the default one. */

export type DeviceInfo = Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'groupId' | 'label'>

type Kind = DeviceInfo['kind']

const ofKind = (infos: readonly DeviceInfo[], kind: Kind) => infos.filter((info) => info.kind === kind)

/**
 * True when the device of a track is not in the list any more. Some browsers never end the track of a headset that was
 * taken off. Without ids the permission was taken back, which is something else.
 */
export function isGone(
  track: Pick<MediaStreamTrack, 'getSettings'>,
  kind: Kind,
  infos: readonly DeviceInfo[],
): boolean {
  const all = ofKind(infos, kind)
  const { deviceId, groupId } = track.getSettings()
  if (!deviceId || all.some((info) => !info.deviceId)) return false
  return !all.some(
    // "default" stays in the list, and may be another device by now: the group tells.
    (info) =>
      (info.deviceId === deviceId || deviceId === 'default') &&
      (!groupId || !info.groupId || info.groupId === groupId),
  )
}

/** What tells one default device from another; empty when there is none. Its id stays the same in Chromium. */
export function defaultOf(kind: Kind, infos: readonly DeviceInfo[]): string {
  const all = ofKind(infos, kind)
  const found = all.find((info) => info.deviceId === 'default') ?? all[0]
  return found?.deviceId ? [found.deviceId, found.groupId, found.label].join('\n') : ''
}

/** True where the browser says itself that the default device is another: others have to be asked. */
export const tellsDefault = (infos: readonly DeviceInfo[]): boolean =>
  infos.some((info) => info.deviceId === 'default')
