/** What is asked of a device. Ids are wishes, never demands: a device that is gone must not stop the class. */

export interface CapturePreferences {
  micId: string | null
  cameraId: string | null
  /** Phones capture smaller, for their battery and their uplink. */
  isPhone: boolean
}

export function micConstraints({ micId }: CapturePreferences): MediaTrackConstraints {
  return {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    channelCount: { ideal: 1 },
    ...(micId ? { deviceId: { ideal: micId } } : {}),
  }
}

export function cameraConstraints({ cameraId, isPhone }: CapturePreferences): MediaTrackConstraints {
  return {
    width: { ideal: isPhone ? 640 : 1280 },
    height: { ideal: isPhone ? 360 : 720 },
    frameRate: { ideal: 30, max: 30 },
    ...(cameraId ? { deviceId: { ideal: cameraId } } : { facingMode: 'user' }),
  }
}

export const screenConstraints: DisplayMediaStreamOptions = {
  video: { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 15, max: 30 } },
  audio: false,
}
