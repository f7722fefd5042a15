// The page's side of the engine: a call is a promise. One tab of a browser has
// the engine in a worker of its own; the others hand it their calls, and one of
// them takes over when that tab is closed or crashes.
import type { CallName, Calls, Entry, Event, Failure, FromWorker, Identity, Progress, Typing } from './types'
import { home, Share } from './share'
import { scriptURL } from './trusted'

declare const WORKER: string // the worker's address, from the build

/** A call's failure as an error. */
export class EngineError extends Error {
  constructor(readonly failure: Failure) { super(failure.message) }
  get kind() { return this.failure.kind }
}

type Params<N extends CallName> = Parameters<Calls[N]> extends [] ? [] : Parameters<Calls[N]>

interface Waiting { name: string; params: unknown; done: (r: unknown) => void; fail: (e: EngineError) => void }

let worker: Worker | undefined
let device: string | undefined // its name, once this tab has begun
let last = 0
const waiting = new Map<number, Waiting>()

const listeners = {
  message: new Set<(m: Entry) => void>(), changed: new Set<(id: string) => void>(), progress: new Set<(p: Progress) => void>(),
  account: new Set<() => void>(),
  typing: new Set<(e: Typing) => void>(),
  notice: new Set<() => void>(),
}

const share = new Share({
  lead() {
    worker = new Worker(scriptURL(WORKER), { name: home })
    worker.onmessage = receive
    worker.onerror = () => {
      for (const id of [...waiting.keys()]) settle(id, { failure: { kind: 'failed', message: 'the engine cannot be loaded; reload this page' } })
    }
    if (device !== undefined) worker.postMessage({ id: ++last, name: 'open', params: { deviceName: device } })
    // What this tab had asked of the one that is gone.
    for (const [id, w] of waiting) {
      if (repeatable.has(w.name)) worker.postMessage({ id, name: w.name, params: w.params })
      else settle(id, { failure: { kind: 'failed', message: 'the tab that worked on this was closed; look whether it is done, and else try again' } })
    }
  },
  serve: (name, params) => ask(name, params),
  settle,
  hear: (event, data) => tell(event, data),
})

// Calls that may be made twice: they read, or the engine knows a repetition.
const repeatable = new Set<string>((
  'open whoami sync watch list history search find send attachment devices recoveryMethods vaultStatus safety compareHistory seqAt step typing privacy ' +
  'setPrivacy notifySetting notifySet notifications pushKey pushSubscribe pushUnsubscribe read mute pin archive draft block clear versions reportDraft ' +
  'report contact profile picture invites disclosure passkeyTerms pinDue notices noticesShown ownReset keepAccount awaited beforeReset contactReset ' +
  'guessLog closeAccount'
).split(' '))

function settle(id: number, answer: { result?: unknown; failure?: Failure }) {
  const w = waiting.get(id)
  waiting.delete(id)
  if (answer.failure) w?.fail(new EngineError(answer.failure))
  else w?.done(answer.result)
}

function tell(event: Event, data: unknown) {
  for (const f of listeners[event] as Set<(d: never) => void>) f(data as never)
}

function receive({ data }: MessageEvent<FromWorker>) {
  if ('event' in data) {
    tell(data.event, data.data)
    share.tell(data.event, data.data)
  } else {
    settle(data.id, data)
  }
}

function ask(name: string, params: unknown): Promise<unknown> {
  const id = ++last
  return new Promise((done, fail) => {
    waiting.set(id, { name, params, done, fail })
    if (worker) worker.postMessage({ id, name, params })
    else if (name !== 'watch') share.ask(id, name, params) // the tab with the engine watches for all
  })
}

/** Starts the engine, or finds the tab that has it, and opens this device; null where there is no account. */
export async function open(deviceName: string): Promise<Identity | null> {
  await share.join()
  device = deviceName
  return ask('open', { deviceName }) as Promise<Identity | null>
}

/** Makes one call. */
export async function call<N extends CallName>(name: N, ...params: Params<N>): Promise<ReturnType<Calls[N]>> {
  const result = await ask(name, params[0]) as ReturnType<Calls[N]>
  if (name === 'noticesShown' || name === 'keepAccount' || name === 'sync') share.tell('notice', null)
  if (name === 'register' || name === 'restore' || name === 'reset' || (result as { stage?: string } | null)?.stage === 'restored') share.tell('account', null)
  return result
}

/** Whether this tab has the engine. */
export const leads = () => worker !== undefined

/** Hears what happens by itself; returns how to stop. */
export function on(event: 'message', f: (m: Entry) => void): () => void
export function on(event: 'changed', f: (conversation: string) => void): () => void
export function on(event: 'progress', f: (p: Progress) => void): () => void
export function on(event: 'account' | 'notice', f: () => void): () => void
export function on(event: 'typing', f: (e: Typing) => void): () => void
export function on(event: Event, f: (d: never) => void): () => void {
  const set = listeners[event] as Set<(d: never) => void>
  set.add(f)
  return () => set.delete(f)
}
