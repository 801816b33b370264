import type { Device } from '../../media/devices'

/** What a list shows as chosen: a device that is not there now counts as the default one. */
export const chosenOf = (devices: readonly Device[], chosen: string | null): string =>
  devices.some((device) => device.id === chosen) ? (chosen ?? '') : ''
