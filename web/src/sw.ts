/// <reference lib="webworker" />
// The service worker: keeps this build's files, so that the page opens without a
// network. The page itself is asked for anew whenever the server can be reached.
export {}
declare const self: ServiceWorkerGlobalScope
declare const FILES: string[]
declare const BUILD: string

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
    for (const name of await caches.keys()) if (name !== cacheName) await caches.delete(name)
    await self.clients.claim()
  })())
})

self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url)
  if (e.request.method !== 'GET' || url.origin !== self.location.origin) return
  if (FILES.includes(url.pathname)) {
    e.respondWith(caches.match(url.pathname).then((r) => r ?? fetch(e.request)))
  } else if (e.request.mode === 'navigate') {
    e.respondWith(fetch(e.request).catch(async () => (await caches.match('/')) ?? Response.error()))
  }
})
