/** What is done to messages that are there: each is a question to the server, and fails with its reason. */
import type { RoomSocket } from '../protocol/room-socket'
import type { ChatLog } from './log'
import type { Pins } from './pins'

export class Acts {
  constructor(
    private readonly socket: Pick<RoomSocket, 'request'>,
    private readonly log: ChatLog,
    private readonly pins: Pins,
  ) {}

  async edit(messageId: string, text: string): Promise<void> {
    const { message } = await this.socket.request('edit-message', { ...this.of(messageId), text })
    this.log.add(message)
  }

  async remove(messageId: string): Promise<void> {
    const { message } = await this.socket.request('delete-message', this.of(messageId))
    this.log.add(message)
    this.pins.put(message)
  }

  async react(messageId: string, emoji: string, isOn: boolean): Promise<void> {
    await this.socket.request('set-reaction', { ...this.of(messageId), emoji, isOn })
  }

  async pin(messageId: string, isPinned: boolean): Promise<void> {
    const { message } = await this.socket.request('pin-message', { ...this.of(messageId), isPinned })
    this.log.add(message)
    this.pins.put(message)
  }

  private of(messageId: string): { roomId: string; messageId: string } {
    return { roomId: this.log.roomId ?? '', messageId }
  }
}
