/// <reference lib="webworker" />
// The worker: loads the engine (cmd/coffer-wasm) and passes calls on. It decides
// nothing. The service worker has it, too, for when the device is woken while no tab
// is open (sw.ts).
import type { Event, Failure, FromWorker, ToWorker } from './types'
import { preview } from './preview'
import { wrappingKey } from './wrapping'

declare const WASM: string // the engine's address, from the build
declare const self: DedicatedWorkerGlobalScope & {
  cofferReady: () => void
  cofferPreview: typeof preview
  cofferEngine: object
  coffer: {
    close(): Promise<string>
    open(p: object): Promise<string>
    call(name: string, p: unknown): Promise<string | Uint8Array>
  }
}
declare class Go {
  importObject: WebAssembly.Imports
  run(i: WebAssembly.Instance): Promise<void>
}

const inService = 'registration' in self
const database = inService ? 'coffer' : self.name // engine/share.ts
const post = (m: FromWorker, transfer: Transferable[] = []) => self.postMessage(m, transfer)

self.cofferPreview = preview

let running: Promise<void> | undefined
let ended: Promise<never> // is refused when the engine has stopped

const start = () => running ??= new Promise<void>((ready, fail) => {
  self.cofferReady = ready
  const go = new Go()
  // A service worker's own requests do not pass it.
  const code = inService ? caches.match(WASM).then((kept) => kept ?? fetch(WASM)) : fetch(WASM)
  ended = WebAssembly.instantiateStreaming(code, go.importObject)
    .then(({ instance }) => go.run(instance))
    .then(() => { throw { kind: 'failed', message: 'the engine has stopped; reload this page' } satisfies Failure })
  ended.catch((e) => {
    if (inService) running = undefined // the next time it starts anew
    fail(e)
  })
})

// Calls wait until the device is open.
let opened: Promise<string> | undefined

async function open(params: object): Promise<string> {
  return self.coffer.open({
    ...params, database, origin: self.location.origin, wrappingKey: await wrappingKey(database),
    emit: (event: Event, json: string) => { if (!inService) post({ event, data: JSON.parse(json) }) },
  })
}

async function answer({ name, params }: ToWorker): Promise<unknown> {
  await start()
  if (name === 'open') {
    opened = opened ? opened.then(() => self.coffer.open({})) : open(params as object)
    return JSON.parse(await opened)
  }
  await opened
  const result = await self.coffer.call(name, params ?? {})
  return typeof result === 'string' ? JSON.parse(result) : result
}

function failure(e: unknown): Failure {
  if (typeof e === 'object' && e !== null && 'kind' in e) return e as Failure
  return { kind: 'failed', message: e instanceof Error ? e.message : String(e) }
}

async function close() {
  opened = undefined
  if (running) await self.coffer?.close()
}

if (inService) {
  // Nobody reloads a service worker: what will never be answered fails, and the device is free again.
  self.cofferEngine = { answer: (m: ToWorker) => Promise.race([answer(m), start().then(() => ended)]), close }
} else {
  void start()
  self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
    try {
      const result = await answer(data)
      post({ id: data.id, result }, result instanceof Uint8Array ? [result.buffer as ArrayBuffer] : [])
    } catch (e) {
      post({ id: data.id, failure: failure(e) })
    }
  }
}
