// A long history in a real browser: how fast it comes back, how fast it is
// searched, and that jumping about in it never holds the page up. What is held is
// what does not depend on the machine: how many calls, transactions, bytes and
// nodes it takes. Times are printed (docs/web.md).
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { root, world } from './world.mjs'

const name = (i) => `n${String(i).padStart(6, '0')}x` // a word that one message has
const messages = 100_000
const friend = 'reader-friend0'

let w, cache, code, alice
const middle = (l) => l.toSorted((a, b) => a - b)[l.length >> 1]

/** Counts, from now on, what the engine's worker is asked and what it asks of the browser. */
async function counting(tab) {
  const worker = tab.workers()[0] ?? await tab.waitForEvent('worker')
  await worker.evaluate(() => {
    const zero = () => ({ calls: {}, transactions: 0, bytes: 0 })
    let counted = zero()
    globalThis.takeCounts = () => { const c = counted; counted = zero(); return c }
    const transaction = IDBDatabase.prototype.transaction
    IDBDatabase.prototype.transaction = function (...a) { counted.transactions++; return transaction.apply(this, a) }
    const call = globalThis.coffer.call
    globalThis.coffer.call = async (name, params) => {
      counted.calls[name] = (counted.calls[name] ?? 0) + 1
      const result = await call(name, params)
      counted.bytes += result.length
      return result
    }
  })
  return () => worker.evaluate(() => globalThis.takeCounts())
}

let counts
before(async () => {
  // Lines of many heights: a word, some sentences, a page. itest seals them and puts
  // them into a server's database; sending them one by one takes three minutes.
  cache = process.env.COFFER_BENCH_CACHE ?? mkdtempSync(path.join(tmpdir(), 'coffer-long-'))
  execFileSync('go', ['test', '-run', '^$', '-bench', '^BenchmarkLong$', '-benchtime', '1x', './itest'],
    { cwd: root, stdio: 'inherit', env: { ...process.env, COFFER_BENCH_CACHE: cache } })
  const data = path.join(cache, 'days-1-100-1000')
  w = await world({ data })
  const codeFile = path.join(data, 'reader-code')
  code = readFileSync(codeFile, 'utf8').trim()
  // Another device of the same account, which leaves checkpoints.
  w.coffer('reader', 'restore', 'reader', '--server', w.url, '--code-file', codeFile)
  w.coffer('reader', 'sync')
})
after(async () => {
  await w.close()
  if (!process.env.COFFER_BENCH_CACHE) rmSync(cache, { recursive: true })
})

test(`${messages} messages come back, the newest first`, async () => {
  alice = await w.person('reader')
  const t = alice.tab
  await t.getByRole('tab', { name: 'I have an account' }).click()
  await t.getByLabel('Your handle').fill('reader')
  await t.getByLabel('Recovery code').fill(code)
  const paint = await t.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime)
  counts = await counting(t)
  const start = Date.now()
  await t.getByRole('button', { name: 'Bring everything back' }).click()
  await t.locator('dialog').getByRole('button', { name: 'I have all of them' }).waitFor({ timeout: 60_000 })
  await alice.message(name(messages)).waitFor()
  const first = Date.now() - start
  await t.getByRole('button', { name: 'I have all of them' }).click()
  // Between two pieces the page answers.
  await alice.say(friend, 'written while the rest arrives')
  await t.getByText(/of .* messages as of .* confirmed by/).first().waitFor({ timeout: 280_000 + messages * 10 })
  const all = Date.now() - start
  const n = await counts()
  console.log(`# first paint ${Math.round(paint)} ms; from the code to the newest conversation ${first} ms; all ${messages} messages ${(all / 1000).toFixed(1)} s`)
  const text = await t.getByText(/of .* messages as of/).first().textContent()
  const [got, expected] = text.match(/[\d,.]+/g).map((n) => Number(n.replace(/\D/g, '')))
  assert.ok(got === expected && got >= messages, text)
  assert.ok(first < 60_000, `${first} ms`) // a second, on a machine that does nothing else
  // What arrives below the screen makes the page read nothing anew.
  console.log(`# ${n.calls.step} steps, ${n.transactions} transactions, ${JSON.stringify(n.calls)}`)
  assert.ok(n.calls.list <= 12 && n.calls.history <= 20, JSON.stringify(n.calls))
  assert.ok(n.transactions <= 500 + 20 * n.calls.step, `${n.transactions} transactions in ${n.calls.step} steps`)
})

test('sixty jumps: few calls, few transactions, at most 200 messages in the page', async () => {
  const t = alice.tab
  await alice.open(friend)
  await t.getByRole('button', { name: 'Search in this conversation' }).click()
  const field = t.getByRole('searchbox', { name: 'Search in this conversation' })
  await t.evaluate(() => {
    globalThis.long = []
    new PerformanceObserver((l) => { for (const e of l.getEntries()) globalThis.long.push(Math.round(e.duration)) }).observe({ type: 'longtask' })
  })
  await counts()
  const jumps = [], searches = []
  let most = 0, nodes = 0
  for (let i = 0; i < 60; i++) {
    const n = 1 + ((i * 7919) % messages)
    const line = name(n)
    let start = Date.now()
    await field.fill(line)
    await t.locator('.find .row').filter({ hasText: line }).first().waitFor()
    searches.push(Date.now() - start)
    start = Date.now()
    await t.locator('.find .row').filter({ hasText: line }).first().click()
    await t.locator('.message.found').filter({ hasText: line }).waitFor()
    jumps.push(Date.now() - start)
    const seen = await t.evaluate(() => [document.querySelectorAll('.message').length, document.querySelectorAll('.entries *').length])
    most = Math.max(most, seen[0])
    nodes = Math.max(nodes, seen[1])
  }
  const c = await counts()
  const long = await t.evaluate(() => globalThis.long)
  console.log(`# search: median ${middle(searches)} ms, slowest ${Math.max(...searches)} ms; jump: median ${middle(jumps)} ms, slowest ${Math.max(...jumps)} ms; ` +
    `${long.length} tasks over 50 ms${long.length ? `, the longest ${Math.max(...long)} ms` : ''}; at most ${most} messages, ${nodes} nodes in the page`)
  console.log(`# for 60 searches and jumps: ${c.transactions} transactions, ${c.bytes} bytes, ${JSON.stringify(c.calls)}`)
  assert.ok(most <= 200, `${most} messages`)
  assert.ok(nodes <= 200 * 40, `${nodes} nodes`)
  assert.ok(c.calls.search <= 62 && c.calls.history <= 60 * 3 + 5, JSON.stringify(c.calls)) // a jump, and what is near its ends
  assert.ok(c.transactions <= 60 * 45, `${c.transactions} transactions`)
  assert.ok(c.bytes <= 60 * 80_000, `${c.bytes} bytes`)
  assert.ok(middle(searches) < 5000 && middle(jumps) < 5000, 'a hundred milliseconds, on a machine that does nothing else')
})

test('a word that every message has', async () => {
  const t = alice.tab
  await counts()
  const start = Date.now()
  await t.getByRole('searchbox', { name: 'Search in this conversation' }).fill('garden')
  await t.locator('.find .row').filter({ hasText: 'garden' }).nth(50).waitFor()
  const c = await counts()
  console.log(`# a hundred results: ${Date.now() - start} ms, ${c.transactions} transactions`)
  assert.ok(c.transactions <= 50, `${c.transactions} transactions`)
})

// From the choice of a day to the picture after it, as the page's own clock has it: what
// a driver needs to see it is not what a reader waits for.
const toDate = (t, day) => t.evaluate((day) => new Promise((done) => {
  const local = (m) => { const d = new Date(m.querySelector('.meta time').dateTime); return [d.getFullYear(), d.getMonth() + 1, d.getDate()].map((n) => String(n).padStart(2, '0')).join('-') }
  const field = document.querySelector('.find input[type=date]')
  const began = performance.now()
  field.value = day
  field.dispatchEvent(new Event('change', { bubbles: true }))
  const look = () => {
    const found = [...document.querySelectorAll('.message.found')].find((m) => local(m) === day)
    if (!found) return requestAnimationFrame(look)
    const all = [...document.querySelectorAll('.message[data-seq]')]
    const box = found.getBoundingClientRect()
    const painted = new MessageChannel()
    painted.port1.onmessage = () => done({ ms: performance.now() - began, before: all.slice(0, all.indexOf(found)).map(local), seen: box.top >= 0 && box.top < innerHeight })
    requestAnimationFrame(() => painted.port2.postMessage(0))
  }
  look()
}), day)

test('to thirty dates, each the first message of its day', async () => {
  const t = alice.tab
  await counts()
  const times = []
  const now = new Date()
  for (let i = 0; i < 30; i++) {
    const d = new Date(now.getFullYear(), now.getMonth(), now.getDate() - ((i * 7) % 27) - 1)
    const day = [d.getFullYear(), d.getMonth() + 1, d.getDate()].map((n) => String(n).padStart(2, '0')).join('-')
    const { ms, before, seen } = await toDate(t, day)
    times.push(Math.round(ms))
    assert.ok(before.length > 0 && before.every((x) => x < day), `${day} is not where its day begins: after ${before.at(-1)}`)
    assert.ok(seen, `${day} does not begin on screen`)
  }
  const c = await counts()
  console.log(`# to a date: median ${middle(times)} ms, slowest ${Math.max(...times)} ms; ${c.transactions} transactions, ${JSON.stringify(c.calls)}`)
  assert.ok(c.calls.seqAt === 30 && c.calls.history <= 4 * 30, JSON.stringify(c.calls))
  assert.ok(c.transactions <= 40 * 30, `${c.transactions} transactions`)
})

test('to the beginning, and back', async () => {
  const t = alice.tab
  await t.getByLabel('Go to a date').fill('2020-02-02')
  await t.getByText('reader-friend0 began this conversation').waitFor()
  await t.locator('.message').filter({ hasText: name(1) }).waitFor()
  await t.getByRole('button', { name: 'Newest messages' }).click()
  await alice.message('written while the rest arrives').waitFor()
})
