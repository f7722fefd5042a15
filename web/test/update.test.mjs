// A newer build on the server, while a tab is open: the tab is told, goes on with the
// files of its own build, and is of the new one once it is loaded anew.
import assert from 'node:assert/strict'
import http from 'node:http'
import { after, before, test } from 'node:test'
import { world } from './world.mjs'

// A server behind which the page's script gets another name, as if it had changed.
let w, front, newer = false
const app = /app-([0-9a-f]{12})\.js/g
const renamed = (text) => text.replaceAll(app, 'app-newer0000000.js').replace(/coffer-[0-9a-f]{12}(?=["'`])/, 'coffer-newer0000000')

before(async () => {
  w = await world()
  const name = (await (await fetch(w.url)).text()).match(app)[0]
  front = http.createServer((q, r) => {
    const path = newer ? q.url.replace('app-newer0000000.js', name) : q.url
    const text = q.url === '/' || q.url === '/sw.js'
    if (newer && q.url === `/assets/${name}`) { r.writeHead(404).end(); return } // a server has one build
    const headers = { ...q.headers, ...(text && { 'accept-encoding': 'identity' }) }
    if (text) for (const h of ['if-none-match', 'if-modified-since', 'range']) delete headers[h]
    q.pipe(http.request(w.url + path, { method: q.method, headers }, (a) => {
      if (!text) { r.writeHead(a.statusCode, a.headers); a.pipe(r); return }
      let body = ''
      a.on('data', (b) => { body += b }).on('end', () => {
        const { etag, 'content-length': _, ...rest } = a.headers
        r.writeHead(a.statusCode, { ...rest, ...(etag && { etag: `"${newer}"` }) }).end(newer ? renamed(body) : body)
      })
    }).on('error', () => r.destroy()))
    r.on('close', () => q.destroy())
  })
  await new Promise((done) => front.listen(0, '127.0.0.1', done))
})
after(async () => { front.closeAllConnections(); front.close(); await w.close() })

test('a tab is told that there is a newer page, and is of it once it is loaded anew', async () => {
  const alice = await w.person('alice')
  const page = `http://localhost:${front.address().port}`
  await alice.tab.goto(page)
  await alice.register()
  await alice.tab.waitForFunction(() => navigator.serviceWorker.controller !== null)
  const told = alice.tab.getByText('There is a newer version of this page.')
  const own = () => alice.tab.evaluate(() => document.querySelector('script[src*="/app-"]').src)
  const before = await own()
  assert.equal(await told.count(), 0)

  newer = true
  await alice.tab.evaluate(async () => { await (await navigator.serviceWorker.ready).update() })
  await told.waitFor({ timeout: 30_000 })
  assert.equal(await own(), before)
  // What it is made of is still to be had, though the server has it no more.
  assert.equal(await alice.tab.evaluate((src) => fetch(src).then((r) => r.status), before), 200)

  await alice.tab.locator('.bar').getByRole('button', { name: 'Reload' }).click()
  await alice.tab.waitForFunction((src) => document.querySelector('script[src*="/app-"]')?.src !== src, before)
  await alice.ready()
  assert.match(await own(), /app-newer0000000\.js$/)
  assert.equal(await told.count(), 0)
})
