/// <reference lib="webworker" />
// The service worker: keeps this build's files, so that the page opens without a
// network; the page itself is asked for anew whenever the server can be reached. It
// shows notifications, and where the device is woken while no tab has the engine, it
// runs the engine itself, to say what there is.
import { type Ask, keepLanguage, present, presentSomething, subscribe, unsubscribe } from './engine/notify'
import { device, type Note } from './engine/share'
import { scriptURL } from './engine/trusted'

declare const FILES: string[]
declare const BUILD: string
declare const WORKER: string // the worker's address, from the build
declare const self: ServiceWorkerGlobalScope & {
  cofferEngine: { answer(m: { name: string; params: unknown }): Promise<unknown>; close(): Promise<void> }
}

importScripts(scriptURL(WORKER)) // here, or the browser takes it no more

const cacheName = `coffer-${BUILD}`

self.addEventListener('install', (e) => {
  e.waitUntil((async () => {
    const cache = await caches.open(cacheName)
    await cache.addAll(['/', ...FILES])
    await self.skipWaiting()
  })())
})

self.addEventListener('activate', (e) => {
  e.waitUntil((async () => {
    // The build before stays, for tabs that are of it still; they are told.
    const before = (await caches.keys()).filter((name) => name.startsWith('coffer-') && name !== cacheName)
    for (const name of before.slice(0, -1)) await caches.delete(name)
    await self.clients.claim()
    for (const tab of await self.clients.matchAll({ type: 'window' })) tab.postMessage({ files: FILES })
  })())
})

self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url)
  if (e.request.method !== 'GET' || url.origin !== self.location.origin) return
  const { pathname } = url
  if (FILES.includes(pathname)) {
    e.respondWith(caches.match(pathname, { cacheName }).then((r) => r ?? fetch(e.request)))
  } else if (pathname.startsWith('/assets/')) {
    e.respondWith(caches.match(pathname).then((r) => r ?? fetch(e.request))) // of the build before
  } else if (e.request.mode === 'navigate') {
    e.respondWith(fetch(e.request).catch(async () => (await caches.match('/', { cacheName })) ?? Response.error()))
  }
})

// Notifications.

const patience = { take: 10_000, answer: 60_000 } // ms for the tab that has the engine; a frozen one takes nothing
let asked = 0

/** Asks the tab that has the engine (engine/share.ts). */
const askTab: Ask = (name, params) => new Promise((done, fail) => {
  const channel = new BroadcastChannel('coffer')
  const me = { tab: `service ${crypto.randomUUID()}`, id: ++asked }
  const end = () => { clearTimeout(timer); channel.close() }
  const giveUp = () => { end(); fail(new Error('the tab does not answer')) }
  let timer = setTimeout(giveUp, patience.take)
  channel.onmessage = ({ data: n }: MessageEvent<Note>) => {
    if (n.kind === 'took' && n.tab === me.tab) {
      clearTimeout(timer)
      timer = setTimeout(giveUp, patience.answer)
    }
    if (n.kind !== 'answer' || n.tab !== me.tab) return
    end()
    if (n.answer.failure) fail(n.answer.failure)
    else done(n.answer.result)
  }
  channel.postMessage({ kind: 'ask', ...me, name, params } satisfies Note)
})

/** Makes calls with the engine: a tab's, or one that runs here for as long as it takes. */
const withEngine = <T>(use: (ask: Ask) => Promise<T>): Promise<T> =>
  navigator.locks.request(device, { ifAvailable: true }, async (free) => {
    if (!free) return use(askTab)
    try {
      if (!await self.cofferEngine.answer({ name: 'open', params: { deviceName: '' } })) throw new Error('no account')
      return await use((name, params) => self.cofferEngine.answer({ name, params }))
    } finally {
      await self.cofferEngine.close()
    }
  })

let last: Promise<unknown> = Promise.resolve()

/** Does it once everything before is done, so that nothing sees what another is just changing. */
function afterwards<T>(use: (ask: Ask) => Promise<T>): Promise<T> {
  const mine = last.then(() => withEngine(use))
  last = mine.catch(() => undefined)
  return mine
}

let due: Promise<void> | undefined // a round that has not begun: it is for all who ask until then

const show = () => due ??= last.then(() => {
  due = undefined
  return afterwards((ask) => present(ask, false))
})

self.addEventListener('message', (e) => {
  const { notify, language } = e.data
  e.waitUntil((async () => {
    await keepLanguage(language)
    if (notify === 'show') await show()
    else if (notify === 'off') await afterwards(unsubscribe)
    else e.source!.postMessage({ woken: await afterwards(subscribe).catch(() => false) })
  })().catch(() => undefined)) // the next change tries again
})

self.addEventListener('push', (e) => {
  // Where nothing can be found out: that there is something. Else the browser says that the page did something behind one's back.
  e.waitUntil(afterwards((ask) => present(ask, true)).catch(presentSomething))
})

self.addEventListener('pushsubscriptionchange', (e) => (e as ExtendableEvent).waitUntil(afterwards(subscribe).catch(() => undefined)))

self.addEventListener('notificationclick', (e) => {
  const { tag } = e.notification
  e.notification.close()
  e.waitUntil((async () => {
    const tabs = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
    const tab = tabs.find((x) => x.visibilityState === 'visible') ?? tabs[0]
    if (!tab) return self.clients.openWindow(`/#open=${tag}`)
    tab.postMessage({ open: tag })
    return tab.focus()
  })())
})
