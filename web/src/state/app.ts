// What the whole page shares: who is here, which conversations there are, which
// one is open, what to tell the person.
import { computed, type Signal, signal } from '@preact/signals'
import { call, EngineError, on } from '../engine/engine'
import type { Conversation, Identity, Progress } from '../engine/types'
import { language, said, t } from '../text'

/** Where the page is. */
export type Phase = 'loading' | 'welcome' | 'waiting' | 'ready' | 'broken'
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

const kindWords = { failed: 'errFailed', usage: 'errUsage', 'wrong-secret': 'errSecret', locked: 'errLocked', 'in-use': 'errInUse', refused: 'errRefused' } as const

/** What a failure says to a person. */
export function words(e: unknown): string {
  if (!(e instanceof EngineError)) return e instanceof Error ? e.message : String(e)
  if (e.failure.wanted === 'password') return t('passwordWanted')
  if (e.failure.wanted === 'smaller') return t('fileTooLarge')
  if (e.kind === 'unreachable') return t('unreachable')
  const { form, values, promise } = e.failure
  const own = said(form || e.message, values)
  if (e.kind === 'integrity') return t('integrity', { message: language === 'en' ? e.message : own ?? said(promise) ?? e.message })
  // What its language has no words for is told by its kind: a person reads one language.
  const text = own ?? (language === 'en' ? e.message.charAt(0).toUpperCase() + e.message.slice(1) : t(kindWords[e.kind]))
  return e.failure.guessesLeft === undefined ? text : `${text} ${t('guessesLeft', { count: e.failure.guessesLeft })}`
}

/** Runs an action, during which busy is true, and tells of its failure; undefined then. */
export async function attempt<T>(action: () => Promise<T>, busy?: Signal<boolean>): Promise<T | undefined> {
  if (busy) busy.value = true
  try {
    return await action()
  } catch (e) {
    tell(words(e), true)
    return undefined
  } finally {
    if (busy) busy.value = false
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

interface Newest { head: number; who: string; text: string }

/** The newest message of each conversation, as the list shows it. */
export const newest = signal<Record<string, Newest>>({})
const changedSince = new Set<string>() // what is shown of these may be gone
const previewed = 40 // conversations at the top of the list

let previewing = Promise.resolve()

/** One after the other, so that what is older never comes last. */
function refreshNewest(): Promise<void> {
  previewing = previewing.catch(() => undefined).then(preview)
  return previewing
}

/** A text without the marks of its emphasis. */
const plain = (text: string) => text.replace(/(\*\*?|`)(\S[^*`\n]*)\1/g, '$2')

async function preview() {
  const found: Record<string, Newest> = {}
  for (const c of conversations.value.slice(0, previewed)) {
    if (c.imported || newest.value[c.id]?.head === c.headSeq && !changedSince.has(c.id)) continue
    changedSince.delete(c.id)
    const last = (await call('history', { to: c.id, limit: 4, noSync: true })).findLast((e) => e.type === 'message')
    if (!last) {
      found[c.id] = { head: c.headSeq, who: '', text: '' }
      continue
    }
    const own = last.sender.account === me.value?.account
    const who = own ? `${t('you')}: ` : c.kind === 'group' ? `${last.sender.handle}: ` : ''
    found[c.id] = { head: c.headSeq, who, text: last.unsent ? t('unsent') : plain(last.text) || last.attachments.map((a) => a.name).join(', ') }
  }
  if (Object.keys(found).length > 0) newest.value = { ...newest.value, ...found }
}

export async function refreshWays() {
  waysBack.value = (await call('recoveryMethods')).filter((k) => !k.spent).length
  pinDue.value = (await call('pinDue')).due
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
    void refreshList().catch(() => undefined) // an account may have just ended
  }, 80)
})

let clearing: ReturnType<typeof setTimeout> | undefined
on('progress', (p) => {
  progress.value = p
  clearTimeout(clearing)
  if (p.done >= p.total) clearing = setTimeout(() => { progress.value = null }, 400)
})
