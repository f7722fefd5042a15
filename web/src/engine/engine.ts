// The page's side of the worker: a call is a promise.
import type { CallName, Calls, Entry, Event, Failure, FromWorker, Identity, Progress } from './types'
import { scriptURL } from './trusted'

declare const WORKER: string // the worker's address, from the build

/** A call's failure as an error. */
export class EngineError extends Error {
  constructor(readonly failure: Failure) { super(failure.message) }
  get kind() { return this.failure.kind }
}

type Params<N extends CallName> = Parameters<Calls[N]> extends [] ? [] : Parameters<Calls[N]>

let worker: Worker | undefined
let last = 0
const waiting = new Map<number, { done: (r: unknown) => void; fail: (e: EngineError) => void }>()

const listeners = { message: new Set<(m: Entry) => void>(), changed: new Set<(id: string) => void>(), progress: new Set<(p: Progress) => void>() }

function receive({ data }: MessageEvent<FromWorker>) {
  if ('event' in data) {
    for (const f of listeners[data.event] as Set<(d: never) => void>) f(data.data as never)
    return
  }
  const w = waiting.get(data.id)
  waiting.delete(data.id)
  if ('failure' in data) w?.fail(new EngineError(data.failure))
  else w?.done(data.result)
}

function ask(name: string, params: unknown): Promise<unknown> {
  const id = ++last
  return new Promise((done, fail) => {
    waiting.set(id, { done, fail })
    worker!.postMessage({ id, name, params })
  })
}

/** Starts the engine and opens this device; null where there is no account. */
export function open(deviceName: string): Promise<Identity | null> {
  worker = new Worker(scriptURL(WORKER))
  worker.onmessage = receive
  worker.onerror = () => {
    for (const w of waiting.values()) w.fail(new EngineError({ kind: 'failed', message: 'the engine cannot be loaded; reload this page' }))
    waiting.clear()
  }
  return ask('open', { deviceName }) as Promise<Identity | null>
}

/** Makes one call. */
export function call<N extends CallName>(name: N, ...params: Params<N>): Promise<ReturnType<Calls[N]>> {
  return ask(name, params[0]) as Promise<ReturnType<Calls[N]>>
}

/** Hears what happens by itself; returns how to stop. */
export function on(event: 'message', f: (m: Entry) => void): () => void
export function on(event: 'changed', f: (conversation: string) => void): () => void
export function on(event: 'progress', f: (p: Progress) => void): () => void
export function on(event: Event, f: (d: never) => void): () => void {
  const set = listeners[event] as Set<(d: never) => void>
  set.add(f)
  return () => set.delete(f)
}
