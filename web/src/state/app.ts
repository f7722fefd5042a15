// What the whole page shares: who is here, which conversations there are, which
// one is open, what to tell the person.
import { computed, signal } from '@preact/signals'
import { call, EngineError, on, open } from '../engine/engine'
import type { Conversation, Identity, Progress, Restored } from '../engine/types'
import { moment, t } from '../text'
import { keepStorage } from './storage'
import { show } from './thread'

/** Where the page is. */
export type Phase = 'loading' | 'welcome' | 'ready' | 'broken'
export type Panel = 'chat' | 'security' | 'settings'

export const phase = signal<Phase>('loading')
export const trouble = signal('')
export const me = signal<Identity | null>(null)
export const conversations = signal<Conversation[]>([])
export const openID = signal<string | null>(null)
export const panel = signal<Panel>('chat')
export const progress = signal<Progress | null>(null)
export const online = signal(navigator.onLine)
/** How many ways back in there are; null until known. */
export const waysBack = signal<number | null>(null)
/** Whether it is time to ask for the PIN again: the engine knows when. */
export const pinDue = signal(false)

export const current = computed(() => conversations.value.find((c) => c.id === openID.value) ?? null)

/** Says that the person has seen a conversation; the engine tells the account's other devices. */
export async function markRead(c: Conversation) {
  if (c.unread === 0 || document.hidden) return
  await call('read', { to: c.id, seq: c.headSeq }).catch(() => undefined)
  alter(c.id, { unread: 0 })
}

/** Changes what the list shows of a conversation, until it is read anew. */
export function alter(id: string, change: Partial<Conversation>) {
  conversations.value = conversations.value.map((c) => (c.id === id ? { ...c, ...change } : c))
}

// Toasts.

export interface Toast { id: number; text: string; bad: boolean }
export const toasts = signal<Toast[]>([])
let lastToast = 0

export function tell(text: string, bad = false) {
  const id = ++lastToast
  toasts.value = [...toasts.value.slice(-2), { id, text, bad }]
  setTimeout(() => dismiss(id), bad ? 9000 : 4000)
}

export function dismiss(id: number) {
  toasts.value = toasts.value.filter((x) => x.id !== id)
}

/** What a failure says to a person. */
export function words(e: unknown): string {
  if (!(e instanceof EngineError)) return e instanceof Error ? e.message : String(e)
  if (e.failure.wanted) return t('passwordWanted')
  if (e.kind === 'integrity') return t('integrity', { message: e.message })
  if (e.kind === 'unreachable') return t('unreachable')
  const text = e.message.charAt(0).toUpperCase() + e.message.slice(1)
  return e.failure.guessesLeft === undefined ? text : `${text} ${t('guessesLeft', { count: e.failure.guessesLeft })}`
}

/** Runs an action and tells of its failure; undefined then. */
export async function attempt<T>(action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action()
  } catch (e) {
    tell(words(e), true)
    return undefined
  }
}

// What changes.

type Changed = (conversation: string) => void
const changed = new Set<Changed>()

/** Hears of conversations in which something changed. */
export function onChange(f: Changed): () => void {
  changed.add(f)
  return () => changed.delete(f)
}

export function announce(conversation: string) {
  for (const f of changed) f(conversation)
}

let listing = Promise.resolve()

/** Reads the list of conversations anew. */
export function refreshList(): Promise<void> {
  listing = listing.catch(() => undefined).then(async () => {
    const list = await call('list')
    conversations.value = list
    void refreshNewest().catch(() => undefined)
  })
  return listing
}

interface Newest { head: number; text: string; own: boolean }

/** The newest message of each conversation, as the list shows it. */
export const newest = signal<Record<string, Newest>>({})
const changedSince = new Set<string>() // what is shown of these may be gone
const previewed = 40 // conversations at the top of the list

async function refreshNewest() {
  const found: Record<string, Newest> = {}
  for (const c of conversations.value.slice(0, previewed)) {
    if (c.imported || newest.value[c.id]?.head === c.headSeq && !changedSince.has(c.id)) continue
    changedSince.delete(c.id)
    const last = (await call('history', { to: c.id, limit: 4, noSync: true })).findLast((e) => e.type === 'message')
    if (!last) {
      found[c.id] = { head: c.headSeq, own: false, text: '' }
      continue
    }
    const own = last.sender.account === me.value?.account
    const who = own ? `${t('you')}: ` : c.kind === 'group' ? `${last.sender.handle}: ` : ''
    found[c.id] = { head: c.headSeq, own, text: who + (last.unsent ? t('unsent') : last.text || last.attachments.map((a) => a.name).join(', ')) }
  }
  if (Object.keys(found).length > 0) newest.value = { ...newest.value, ...found }
}

export async function refreshWays() {
  waysBack.value = (await call('recoveryMethods')).length
  pinDue.value = (await call('pinDue')).due
}

/** Goes from an identity to a running page. */
export async function begin(id: Identity, restored = false) {
  me.value = id
  phase.value = 'ready'
  await refreshList()
  if (restored) openID.value ??= conversations.value[0]?.id ?? null
  await show(openID.value) // what the person sees comes before what can wait
  void refreshWays().catch(() => undefined)
  void keepStorage()
  void follow()
  void bringBack(restored)
  void flush()
}

/** What the last restore on this device came to; null where there was none. */
export const restored = signal<Restored | null>(null)

/** Brings the rest of a history, piece by piece, and says what it came to. */
async function bringBack(report: boolean) {
  for (let more = true; more;) {
    try {
      const s = await call('step')
      more = s.more
      if (more) {
        report = true
        progress.value = { type: 'progress', task: 'history', done: s.done, total: s.total }
      }
    } catch (e) {
      if (!(e instanceof EngineError) || e.kind !== 'unreachable') {
        tell(words(e), true)
        return
      }
      await new Promise((r) => setTimeout(r, 3000))
    }
  }
  progress.value = null
  if (!report) return
  const sum = await attempt(() => call('restore', { handle: me.value!.handle, all: true }))
  if (!sum) return
  restored.value = sum
  await refreshList()
  void refreshWays().catch(() => undefined)
  if (sum.gaps.length > 0) tell(t('gaps', { names: [...new Set(sum.gaps.map((g) => g.name))].join(', ') }), true)
  tell(restoredWords(sum))
}

/** "N of N messages as of TIME, confirmed by …" */
export const restoredWords = (r: Restored) => t('restored', { messages: r.messages, expected: r.expected, time: moment(r.asOf), by: r.confirmedBy })

async function follow() {
  for (;;) {
    try {
      await call('watch')
    } catch (e) {
      if (e instanceof EngineError && e.kind === 'integrity') tell(words(e), true)
      await new Promise((r) => setTimeout(r, 3000))
    }
  }
}

let flushing = false

/** Sends what waits, again and again until the server has all of it. */
export async function flush() {
  if (flushing) return
  flushing = true
  for (let wait = 1000; ; wait = Math.min(2 * wait, 15_000)) {
    try {
      if ((await call('sync')).pending === 0) break
    } catch (e) {
      if (!(e instanceof EngineError) || e.kind !== 'unreachable') break
    }
    await new Promise((r) => setTimeout(r, wait))
  }
  flushing = false
}

// Much may change at once: one reading shows all of it.
let pending: Set<string> | undefined
on('changed', (conversation) => {
  changedSince.add(conversation)
  if (pending) {
    pending.add(conversation)
    return
  }
  pending = new Set([conversation])
  setTimeout(() => {
    const all = pending!
    pending = undefined
    for (const id of all) announce(id)
    void refreshList()
  }, 80)
})

let clearing: ReturnType<typeof setTimeout> | undefined
on('progress', (p) => {
  progress.value = p
  clearTimeout(clearing)
  if (p.done >= p.total) clearing = setTimeout(() => { progress.value = null }, 400)
})

// The network may have been away while the page slept.
document.addEventListener('visibilitychange', () => { if (!document.hidden && phase.value === 'ready') { void flush(); void refreshWays().catch(() => undefined) } })
addEventListener('online', () => { online.value = true; void flush() })
addEventListener('offline', () => { online.value = false })

/** The device's name, as the account's others call it. */
function deviceName(): string {
  const agent = navigator.userAgent
  const browser = /Firefox/.test(agent) ? 'Firefox' : /Edg\//.test(agent) ? 'Edge' : /Chrom/.test(agent) ? 'Chrome' : /Safari/.test(agent) ? 'Safari' : 'browser'
  const system = /Android/.test(agent) ? 'Android' : /iPhone|iPad/.test(agent) ? 'iOS' : /Mac/.test(agent) ? 'macOS' : /Windows/.test(agent) ? 'Windows' : /Linux/.test(agent) ? 'Linux' : ''
  return system ? `${browser}, ${system}` : browser
}

export async function start() {
  try {
    const id = await open(deviceName())
    if (id) await begin(id)
    else phase.value = 'welcome'
  } catch (e) {
    trouble.value = words(e)
    phase.value = 'broken'
  }
}

// Another tab has registered or restored.
on('account', () => { if (phase.value === 'welcome') void start() })
