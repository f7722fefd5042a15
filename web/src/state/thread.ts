// The open conversation's messages: a window on its history, never more than
// most entries, whatever the history's length.
import { signal } from '@preact/signals'
import { call } from '../engine/engine'
import type { Entry, Message } from '../engine/types'
import { onChange } from './app'

const pageSize = 60
const most = 180

export class Thread {
  readonly entries = signal<Entry[]>([])
  /** Whether there are entries before, and after, those in the window. */
  readonly earlier = signal(false)
  readonly later = signal(false)
  readonly loading = signal(true)
  readonly failure = signal<unknown>(null)
  /** The entry that was jumped to, until it is on screen. */
  readonly target = signal(0)
  private busy: Promise<void> = Promise.resolve()
  private readonly stop: () => void
  private closed = false

  constructor(readonly conversation: string) {
    this.stop = onChange((id) => { if (id === conversation) void this.refresh() })
    void this.newest()
  }

  close() {
    this.closed = true
    this.stop()
  }

  /** One load at a time. */
  private run(load: () => Promise<void>): Promise<void> {
    this.busy = this.busy.then(async () => {
      if (this.closed) return
      try {
        await load()
        this.failure.value = null
      } catch (e) {
        this.failure.value = e
      } finally {
        this.loading.value = false
      }
    })
    return this.busy
  }

  private page(before: number | undefined, limit: number): Promise<Entry[]> {
    return call('history', { to: this.conversation, before, limit, noSync: true })
  }

  newest(): Promise<void> {
    return this.run(async () => {
      const list = await this.page(undefined, pageSize)
      this.entries.value = list
      this.earlier.value = list.length > 0 && list[0]!.seq > 1 && list.length >= pageSize
      this.later.value = false
    })
  }

  /** Reads what is shown again, with what is new. */
  refresh(): Promise<void> {
    return this.run(async () => {
      if (this.later.value) return // what is new lies outside the window
      const have = Math.min(Math.max(this.entries.value.length, pageSize), most)
      const list = await this.page(undefined, have + 1)
      this.entries.value = list.length > most ? list.slice(-most) : list
      if (list.length > most) this.earlier.value = true
    })
  }

  /** Shows the entry at seq with what is around it. */
  jump(seq: number): Promise<void> {
    return this.run(async () => {
      const shown = this.entries.value
      this.target.value = seq
      if (shown.some((e) => e.seq === seq)) return
      const list = await this.page(seq + pageSize / 2, pageSize)
      if (list.length === 0) return
      this.entries.value = list
      this.earlier.value = list[0]!.seq > 1
      this.later.value = true
    })
  }

  /** Shows the first entry of a day, or of the first one after it. */
  async date(at: Date): Promise<boolean> {
    const seq = await call('seqAt', { to: this.conversation, at: at.getTime() })
    if (seq > 0) await this.jump(seq)
    return seq > 0
  }

  before(): Promise<void> {
    return this.run(async () => {
      const first = this.entries.value.find((e) => e.seq > 0)
      if (!this.earlier.value || !first) return
      const list = await this.page(first.seq, pageSize)
      this.earlier.value = list.length >= pageSize
      const all = [...list, ...this.entries.value]
      if (all.length > most) this.later.value = true
      this.entries.value = all.slice(0, most)
    })
  }

  after(): Promise<void> {
    return this.run(async () => {
      if (!this.later.value) return
      const last = this.entries.value.at(-1)!
      const list = await this.page(last.seq + pageSize + 1, pageSize)
      const more = list.filter((e) => e.seq > last.seq || e.seq === 0)
      if (more.length === 0) {
        this.later.value = false
        return
      }
      const all = [...this.entries.value, ...more]
      if (all.length > most) this.earlier.value = true
      this.entries.value = all.slice(-most)
      this.later.value = more.at(-1)!.seq >= last.seq + pageSize
    })
  }

  async send(text: string, files: File[], replyTo?: Message, expiry?: number): Promise<void> {
    await call('send', { to: this.conversation, text, files, expiry, replyTo: replyTo?.id, key: crypto.randomUUID() })
    if (this.later.value) await this.newest()
    else await this.refresh()
  }

  /** Changes one message and shows the result. */
  async change(action: () => Promise<unknown>): Promise<void> {
    await action()
    await this.refresh()
  }
}

/** Where to go once a conversation is open. */
let wanted: { conversation: string; seq: number } | undefined

export function wantEntry(conversation: string, seq: number) {
  if (thread.peek()?.conversation === conversation) void thread.peek()!.jump(seq)
  else wanted = { conversation, seq }
}

export const thread = signal<Thread | null>(null)

export function show(conversation: string | null) {
  if (thread.peek()?.conversation === conversation) return
  thread.peek()?.close()
  thread.value = conversation === null ? null : new Thread(conversation)
  if (wanted && wanted.conversation === conversation) void thread.value!.jump(wanted.seq)
  wanted = undefined
}
