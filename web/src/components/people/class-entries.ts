/** What a tutor can do to the whole class, as the entries of a menu. The server enforces all of it. */
import type { SetRoomPolicy, WaitingRoom } from '../../protocol/protocol.gen'
import { spared } from '../../room/people'
import type { RoomState } from '../../room/reducer'
import type { Session } from '../../room/session'
import type { MenuEntry } from '../../ui/menu'

export interface ClassTasks {
  session: Pick<Session, 'act'>
  hasChime: boolean
  /** Co-tutors may not end the class. */
  mayEnd: boolean
  onsuggest: () => void
  onchime: (isOn: boolean) => void
  onend: () => void
}

type Lock = 'micLocked' | 'cameraLocked' | 'screenByStudents' | 'chatLocked' | 'isLocked' | 'lowBandwidth'

export function classEntries(room: RoomState, tasks: ClassTasks): MenuEntry[] {
  const { session } = tasks
  const { policy, hands } = room
  const set = (change: SetRoomPolicy) => {
    session.act('set-room-policy', change)
  }
  const lock = (key: Lock, label: string): MenuEntry => ({
    kind: 'switch',
    id: `class-${key}`,
    label,
    isOn: policy[key] ?? false,
    run: () => {
      set({ [key]: !policy[key] })
    },
  })
  const wait = (waitingRoom: WaitingRoom, label: string): MenuEntry => ({
    kind: 'switch',
    id: `class-wait-${waitingRoom}`,
    label,
    isOn: policy.waitingRoom === waitingRoom,
    run: () => {
      set({ waitingRoom: policy.waitingRoom === waitingRoom ? 'off' : waitingRoom })
    },
  })
  const heard = room.users.filter((user) => user.isAudioOn && user.role !== 'tutor').map((user) => user.id)
  const except = spared(hands, room.activeSpeakerId).filter((id) => heard.includes(id))
  const mutes: MenuEntry[] = [
    {
      kind: 'action',
      id: 'mute-all',
      label: 'Mute everyone',
      icon: 'mic',
      isDisabled: heard.length === 0,
      run: () => {
        session.act('mute-all', {})
      },
    },
  ]
  if (except.length > 0 && except.length < heard.length)
    mutes.push({
      kind: 'action',
      id: 'mute-others',
      label: 'Mute everyone but who speaks',
      icon: 'mic',
      run: () => {
        session.act('mute-all', { except })
      },
    })
  const end: MenuEntry[] = [
    { kind: 'line', id: 'line-end' },
    {
      kind: 'action',
      id: 'class-end',
      label: 'End for everyone',
      icon: 'leave',
      isDangerous: true,
      run: tasks.onend,
    },
  ]
  return [
    ...mutes,
    {
      kind: 'action',
      id: 'class-lower-hands',
      label: 'Lower all hands',
      icon: 'hand',
      isDisabled: hands.length === 0,
      run: () => {
        session.act('lower-all-hands', {})
      },
    },
    {
      kind: 'action',
      id: 'class-suggest',
      label: 'Suggest what to receive…',
      icon: 'data',
      run: tasks.onsuggest,
    },
    { kind: 'line', id: 'line-locks' },
    lock('micLocked', 'Lock microphones'),
    lock('cameraLocked', 'Lock cameras'),
    lock('chatLocked', 'Lock the chat'),
    lock('screenByStudents', 'Let students share screens'),
    { kind: 'line', id: 'line-door' },
    lock('isLocked', 'Lock the room'),
    wait('guests', 'Waiting room for guests'),
    wait('everyone', 'Waiting room for everyone'),
    { kind: 'line', id: 'line-rest' },
    lock('lowBandwidth', 'Low bandwidth class'),
    {
      kind: 'switch',
      id: 'class-chime',
      label: 'Chime for hands and the door',
      isOn: tasks.hasChime,
      run: () => {
        tasks.onchime(!tasks.hasChime)
      },
    },
    ...(tasks.mayEnd ? end : []),
  ]
}
