/** The poll that a tutor is about to ask. It stays when the panel is closed, and until the server has it. */
import {
  emptyForm,
  filled,
  formOf,
  moved,
  option,
  pollOf,
  troubleOf,
  withRight,
  type PollForm,
  type Template,
} from '../../room/poll-form'
import type { Polls } from '../../room/polls'
import { newId } from '../../protocol/ids'
import type { Poll } from '../../protocol/protocol.gen'

export class PollComposer {
  isOpen = $state(false)
  form = $state.raw<PollForm>(emptyForm())
  template = $state<Template | null>(null)
  isSending = $state(false)
  /** What the server said against it. */
  refusal = $state('')
  /** Something is missing, and was asked for. */
  private isTried = $state(false)
  readonly usual = $derived(this.template === null ? '' : filled(this.template).question)
  readonly trouble = $derived(this.isTried ? troubleOf(this.form, this.usual) : null)
  /** The same until it is made: trying again makes no second poll. */
  private id = newId()

  constructor(private readonly polls: Polls) {}

  begin(poll: Poll | null = null): void {
    this.reset(poll ? formOf(poll) : emptyForm())
    this.isOpen = true
  }

  change(change: Partial<PollForm>): void {
    this.form = { ...this.form, ...change }
    this.refusal = ''
  }

  use(template: Template): void {
    this.template = template
    this.change({ options: filled(template).options.map((text) => option(text)) })
  }

  write(key: number, text: string): void {
    this.change({ options: this.form.options.map((one) => (one.key === key ? { ...one, text } : one)) })
  }

  mark(key: number, isRight: boolean): void {
    this.change({ options: withRight(this.form, key, isRight) })
  }

  add(): void {
    this.change({ options: [...this.form.options, option()] })
  }

  remove(key: number): void {
    this.change({ options: this.form.options.filter((one) => one.key !== key) })
  }

  move(key: number, by: 1 | -1): void {
    this.change({ options: moved(this.form.options, key, by) })
  }

  /** True when it is made. Without a connection that takes until there is one. */
  async send(isLaunched: boolean): Promise<boolean> {
    this.isTried = true
    if (this.trouble) return false
    this.isSending = true
    this.refusal = ''
    try {
      await this.polls.create(pollOf(this.form, this.id, isLaunched, this.usual))
      this.reset(emptyForm())
      this.isOpen = false
      return true
    } catch (error) {
      this.refusal = error instanceof Error ? error.message : 'That did not work.'
      return false
    } finally {
      this.isSending = false
    }
  }

  private reset(form: PollForm): void {
    this.form = form
    this.template = null
    this.isTried = false
    this.refusal = ''
    this.id = newId()
  }
}

const composers = new WeakMap<Polls, PollComposer>()

/** That of this visit to the class. */
export function composerOf(polls: Polls): PollComposer {
  const composer = composers.get(polls) ?? new PollComposer(polls)
  composers.set(polls, composer)
  return composer
}
