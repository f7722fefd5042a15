// An account's life in this page: opened or restored, followed, brought back piece
// by piece, and what waits sent once the server is there.
import { batch, signal } from '@preact/signals'
import { call, EngineError, on, open } from '../engine/engine'
import { home } from '../engine/share'
import type { Identity, Reset, Restored } from '../engine/types'
import { moment, said, t } from '../text'
import { hear, refreshAlarms } from './alarms'
import { attempt, conversations, me, online, openID, phase, progress, refreshList, refreshWays, tell, trouble, words } from './app'
import { keepStorage } from './storage'
import { show } from './thread'

/** Whether this is the account that had the handle before a reset, to be read. */
export const before = home !== 'coffer'

/** The handle that this browser waits for. */
export const awaited = signal<Reset | null>(null)

/** Goes from an identity to a running page. */
export async function begin(id: Identity, restored = false) {
  me.value = id
  phase.value = 'ready'
  await refreshList()
  if (restored) openID.value ??= conversations.value[0]?.id ?? null
  await show(openID.value) // what the person sees comes before what can wait
  await refreshAlarms().catch(() => undefined)
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
  const sum = await attempt(() => call('restore', { handle: me.value!.handle, all: true, before }))
  if (!sum) return
  restored.value = sum
  await refreshList()
  void refreshWays().catch(() => undefined)
  if (sum.gaps.length > 0) tell(t('gaps', { names: [...new Set(sum.gaps.map((g) => g.name))].join(', ') }), true)
  tell(restoredWords(sum))
}

/** "N of N messages as of TIME, confirmed by …" */
export const restoredWords = (r: Restored) => t('restored', { messages: r.messages, expected: r.expected, time: moment(r.asOf), by: r.witnesses > 0 ? said('realm', [String(r.witnesses)]) ?? r.confirmedBy : said(r.confirmedBy) ?? r.confirmedBy })

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
      const { pending } = await call('sync')
      hear()
      if (pending === 0) break
    } catch (e) {
      if (!(e instanceof EngineError) || e.kind !== 'unreachable') {
        if (e instanceof EngineError && e.failure.wanted === 'smaller') tell(words(e), true) // its message is gone
        break
      }
    }
    await new Promise((r) => setTimeout(r, wait))
  }
  flushing = false
}

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
    const waits = id ? null : await call('awaited')
    if (id) await begin(id)
    else batch(() => { awaited.value = waits; phase.value = waits ? 'waiting' : 'welcome' })
  } catch (e) {
    trouble.value = words(e)
    phase.value = 'broken'
  }
}

// Another tab has registered or restored.
on('account', () => { if (phase.value === 'welcome' || phase.value === 'waiting') void start() })
