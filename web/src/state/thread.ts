// The open conversation's messages: a window on its history, never more than
// most entries, whatever the history's length.
import { batch, signal } from '@preact/signals'
import { call } from '../engine/engine'
import type { Entry, Message } from '../engine/types'
import { conversations, onChange } from './app'

const pageSize = 60
const around = 32 // entries that a jump shows at first: what a screen needs, drawn in one short task
const more = 40 // entries that come when the reader is near an end of the window
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
  /** Resolves when the first page was read. */
  readonly ready: Promise<void>
  private busy: Promise<void> = Promise.resolve()
  private readonly stop: () => void
  private closed = false

  constructor(readonly conversation: string) {
    this.stop = onChange((id) => { if (id === conversation) void this.refresh() })
    this.ready = this.newest()
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

  /** Makes the window what was read, in one drawing. */
  private set(entries: Entry[], earlier: boolean, later: boolean) {
    batch(() => {
      this.entries.value = entries
      this.earlier.value = earlier
      this.later.value = later
      this.loading.value = false
    })
  }

  newest(): Promise<void> {
    return this.run(async () => {
      const list = await this.page(undefined, pageSize)
      this.set(list, list.length > 0 && list[0]!.seq > 1 && list.length >= pageSize, false)
    })
  }

  /** Reads what is shown again, with what is new. */
  refresh(): Promise<void> {
    return this.run(async () => {
      if (this.later.value) return // what is new lies outside the window
      const have = Math.min(Math.max(this.entries.value.length, pageSize), most)
      const list = await this.page(undefined, have + 1)
      this.set(list.slice(-most), this.earlier.value || list.length > most, false)
    })
  }

  /** Shows the entry at seq with what is around it. */
  jump(seq: number): Promise<void> {
    return this.run(async () => {
      if (this.entries.value.some((e) => e.seq === seq)) {
        this.target.value = seq
        return
      }
      const list = await this.page(seq + around / 2, around)
      if (list.length === 0) return
      batch(() => {
        this.target.value = seq
        this.set(list, list[0]!.seq > 1, true)
      })
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
      const list = await this.page(first.seq, more)
      const all = [...list, ...this.entries.value]
      this.set(all.slice(0, most), list.length >= more, this.later.value || all.length > most)
    })
  }

  after(): Promise<void> {
    return this.run(async () => {
      if (!this.later.value) return
      const last = this.entries.value.at(-1)!
      const head = conversations.peek().find((c) => c.id === this.conversation)?.headSeq ?? 0
      // Entries that show nothing, such as reactions, may fill whole pages.
      for (let to = last.seq; ;) {
        to += more
        const list = await this.page(to + 1, more)
        const next = list.filter((e) => e.seq > last.seq || e.seq === 0)
        if (next.length === 0 && to < head) continue
        const all = [...this.entries.value, ...next]
        this.set(all.slice(-most), this.earlier.value || all.length > most, to < head)
        return
      }
    })
  }

  async send(text: string, files: File[], replyTo?: Message, expiry?: number, keepMetadata?: boolean): Promise<void> {
    await call('send', { to: this.conversation, text, files, expiry, keepMetadata, replyTo: replyTo?.id, key: crypto.randomUUID() })
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

/** Opens a conversation; resolves when its first page is there. */
export async function show(conversation: string | null): Promise<void> {
  if (thread.peek()?.conversation === conversation) return
  thread.peek()?.close()
  thread.value = conversation === null ? null : new Thread(conversation)
  if (wanted && wanted.conversation === conversation) void thread.value!.jump(wanted.seq)
  wanted = undefined
  await thread.value?.ready
}
