// Notifications: shown from what this device decrypts, in the page's tabs and, woken
// by a push service on this machine, while there is no tab at all.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { world } from './world.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..')
const folder = mkdtempSync(path.join(tmpdir(), 'coffer-push-'))
let w, alice, bob, carol, service, worker, push
let wakeUps = 0

before(async () => {
  execFileSync('go', ['build', '-o', folder + '/', './internal/fakepush'], { cwd: root, stdio: 'inherit' })
  service = spawn(path.join(folder, 'fakepush'), ['--cert', path.join(folder, 'cert.pem')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(service.stdout)
  const url = await new Promise((ready) => lines.on('line', (line) => {
    if (line.startsWith('ready ')) ready(line.slice(6))
    else wakeUps++
  }))
  process.env.SSL_CERT_FILE = path.join(folder, 'cert.pem') // cofferd's only authority
  w = await world({ serve: ['--push-allow', new URL(url).host] })
  alice = await (await w.person('alice')).register()
  carol = await (await w.person('carol')).register()
  bob = await (await w.person('bob')).register()
  await bob.context.grantPermissions(['notifications'], { origin: w.page })
  await bob.say('alice', 'so that we know each other')
  await bob.say('carol', 'so that we know each other')
  worker = bob.context.serviceWorkers()[0] ?? await bob.context.waitForEvent('serviceworker')
  // This browser has no push service of its own: one on this machine stands for it.
  await worker.evaluate((endpoint) => {
    PushManager.prototype.getSubscription = async () => globalThis.subscription ?? null
    PushManager.prototype.subscribe = async (o) => globalThis.subscription = {
      endpoint, options: o, unsubscribe: async () => { globalThis.subscription = undefined },
    }
  }, `${url}/bob`)
  // A tab of no page stays, so that the browser can be told to deliver push messages.
  const cdp = await bob.context.newCDPSession(await bob.context.newPage())
  const registered = new Promise((r) => cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    const ours = registrations.find((x) => !x.isDeleted && x.scopeURL.startsWith(w.page))
    if (ours) r(ours.registrationId)
  }))
  await cdp.send('ServiceWorker.enable')
  const registrationId = await registered
  push = () => cdp.send('ServiceWorker.deliverPushMessage', { origin: w.page, registrationId, data: '' })
})
after(async () => {
  await w.close()
  service.kill()
  rmSync(folder, { recursive: true })
})

const displayed = () => worker.evaluate(async () => (await self.registration.getNotifications()).map((n) => `${n.title}: ${n.body}`).sort())

/** Waits until the condition holds of what is displayed. */
async function shows(what, met) {
  const until = Date.now() + 60_000
  for (let now; ;) {
    now = await displayed()
    if (met(now)) return
    if (Date.now() > until) assert.fail(`${what}: on display is ${JSON.stringify(now)}`)
    await new Promise((r) => setTimeout(r, 50))
  }
}
/** Push messages come until this is displayed: one may be ahead of the server's news. */
async function pushed(...list) {
  const until = Date.now() + 60_000
  for (;;) {
    await push()
    for (let i = 0; i < 20; i++) {
      if (JSON.stringify(await displayed()) === JSON.stringify(list)) return
      await new Promise((r) => setTimeout(r, 50))
    }
    if (Date.now() > until) assert.fail(`waiting for ${JSON.stringify(list)}: on display is ${JSON.stringify(await displayed())}`)
  }
}
const exactly = (...list) => shows(`waiting for ${JSON.stringify(list)}`, (now) => JSON.stringify(now) === JSON.stringify(list))

/** Alice takes back what she wrote. */
async function unsend(text) {
  await alice.menu(text, 'Unsend for everyone')
  await alice.tab.getByRole('button', { name: 'Unsend for everyone' }).click()
  await alice.tab.locator('dialog').waitFor({ state: 'detached' })
}

const settings = () => bob.tab.getByRole('button', { name: 'Settings' }).click()

test('off, until the person turns them on', async () => {
  await settings()
  await alice.say('bob', 'unheard')
  await bob.row('alice').locator('text=unheard').waitFor()
  assert.deepEqual(await displayed(), [])
  await bob.tab.getByRole('button', { name: 'Turn on notifications' }).click()
  await bob.tab.getByText('even while no tab is open').waitFor()
  assert.deepEqual(await displayed(), []) // what was here before is no news
})

test('a tab that does not show the conversation tells of it, and takes it back', async () => {
  await alice.say('bob', 'hello')
  await exactly('alice: hello')
  await alice.say('bob', 'are you there?')
  await exactly('alice (2): are you there?')
  await unsend('are you there?')
  await exactly('alice: hello')
  await bob.open('alice')
  await exactly()
})

test('nothing of what is being looked at', async () => {
  await alice.say('bob', 'as you can see')
  await bob.message('as you can see').waitFor()
  await carol.say('bob', 'and me?')
  await exactly('carol: and me?')
  // Another tab looks elsewhere: what one of them shows is no news.
  const second = bob.beside(await w.tab(bob.context, 'bob 2'))
  await second.ready()
  await second.open('carol')
  await exactly()
  await alice.say('bob', 'you still see me')
  await bob.message('you still see me').waitFor()
  assert.deepEqual(await displayed(), [])
  await second.tab.close()
})

test('they show as much as the person wants', async () => {
  await settings()
  await carol.say('bob', 'a secret')
  await exactly('carol: a secret')
  await bob.tab.getByLabel('What they show').selectOption({ label: 'Name only' })
  await exactly('carol: New messages')
  await bob.tab.getByLabel('What they show').selectOption({ label: 'Only that there is something' })
  await exactly('Coffer: New messages')
  await bob.tab.getByLabel('What they show').selectOption({ label: 'Name and text' })
  await exactly('carol: a secret')
})

test('a click opens the conversation', async () => {
  await worker.evaluate(async () => {
    const [notification] = await self.registration.getNotifications()
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification }))
  })
  await bob.message('a secret').waitFor()
  await exactly()
})

test('with no tab open the server wakes the device, and the service worker says what there is', async () => {
  await settings() // nothing is looked at any more
  await bob.tab.close()
  let before = wakeUps
  await alice.say('bob', 'while you are away')
  await woken(before)
  await push()
  await exactly('alice: while you are away')
  await unsend('while you are away')
  await pushed()
})

test('what cannot be found out is said to be there', async () => {
  await carol.say('bob', 'in the dark')
  await carol.message('in the dark').getByTitle(/Sent|restorable/).waitFor()
  await w.stop()
  w.expect(/ERR_|Failed to fetch|net::/)
  await push()
  await exactly('Coffer: New messages')
  await w.start()
  await pushed('carol: in the dark')
  w.expect(null)
})

test('a new tab opens what was clicked, and finds the engine free', async () => {
  const id = await worker.evaluate(async () => (await self.registration.getNotifications())[0].tag)
  const tab = await bob.context.newPage()
  await tab.goto(`${w.page}/#open=${id}`)
  bob = bob.beside(tab)
  await bob.message('in the dark').waitFor({ timeout: 60_000 })
  await exactly()
  assert.equal(new URL(tab.url()).hash, '')
})

test('turned off: nothing is shown, and the server forgets the device', async () => {
  await settings()
  await carol.say('bob', 'before')
  await exactly('carol: before')
  await bob.tab.getByRole('button', { name: 'Turn off notifications' }).click()
  await exactly()
  await bob.tab.getByRole('button', { name: 'Turn on notifications' }).waitFor()
  const until = Date.now() + 30_000
  for (;;) {
    const d = JSON.parse(execFileSync(path.join(process.env.COFFER_BIN ?? path.join(root, 'bin'), 'cofferd'), ['disclose', 'bob', '--data', path.join(w.folder, 'data'), '--json'], { encoding: 'utf8' }))
    if (d.pushSubscriptions.count === 0) break
    if (Date.now() > until) assert.fail('the server still has the subscription')
    await new Promise((r) => setTimeout(r, 50))
  }
})

async function woken(before) {
  const until = Date.now() + 60_000
  while (wakeUps === before) {
    if (Date.now() > until) assert.fail('the server woke nobody')
    await new Promise((r) => setTimeout(r, 50))
  }
}
