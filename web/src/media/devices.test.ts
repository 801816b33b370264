import { expect, it } from 'vitest'
import { MemoryStorage } from '../testing/storage'
import { loadChoice, saveChoice, sortDevices } from './devices'

it('sorts devices and names those without a label', () => {
  const devices = sortDevices([
    { kind: 'audioinput', deviceId: 'a', label: 'Headset' },
    { kind: 'audioinput', deviceId: 'b', label: '' },
    { kind: 'videoinput', deviceId: '', label: '' },
    { kind: 'audiooutput', deviceId: 'c', label: '' },
  ])
  expect(devices).toEqual({
    mics: [
      { id: 'a', label: 'Headset' },
      { id: 'b', label: 'Microphone 2' },
    ],
    cameras: [],
    speakers: [{ id: 'c', label: 'Speaker 1' }],
  })
})

it('keeps the choice, and survives a damaged one', () => {
  const storage = new MemoryStorage()
  expect(loadChoice(storage)).toEqual({ mic: null, camera: null, speaker: null })
  saveChoice(storage, { mic: 'a', camera: null, speaker: 'c' })
  expect(loadChoice(storage)).toEqual({ mic: 'a', camera: null, speaker: 'c' })
  storage.setItem('podium.devices', '{')
  expect(loadChoice(storage).mic).toBeNull()
})
