// Without a network: the page opens from what its service worker keeps, shows what
// is here, and sends later. And by the keyboard alone.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { world } from './world.mjs'

let w, alice, bob
before(async () => {
  w = await world()
  alice = await (await w.person('alice')).register()
  bob = await (await w.person('bob')).register()
  await alice.say('bob', 'before the tunnel')
  await bob.sees('alice', 'before the tunnel')
})
after(async () => { await w.close() })

test('the page opens and reads offline, and what was written goes out', async () => {
  w.expect(/ERR_|Failed to fetch|net::/)
  await alice.tab.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await w.stop()
  await alice.context.setOffline(true)
  await alice.tab.reload()
  await alice.ready()
  await alice.row('bob').click()
  await alice.message('before the tunnel').waitFor()
  await alice.tab.getByText('Offline. What you write').waitFor()
  await alice.composer.fill('inside the tunnel')
  await alice.tab.keyboard.press('Enter')
  await alice.message('inside the tunnel').getByTitle('Waiting for the server').waitFor({ timeout: 30_000 })
  await w.start()
  await alice.context.setOffline(false)
  await bob.sees('alice', 'inside the tunnel')
  await alice.message('inside the tunnel').getByTitle(/restorable/).waitFor({ timeout: 30_000 })
  w.expect(null)
})

test('it can be installed', async () => {
  const r = await alice.tab.evaluate(async () => {
    const m = await (await fetch(document.querySelector('link[rel=manifest]').href)).json()
    const icons = await Promise.all(m.icons.map(async (i) => (await fetch(i.src)).ok))
    return { ...m, icons, purposes: m.icons.map((i) => i.purpose) }
  })
  assert.deepEqual([r.display, r.start_url, r.icons, r.purposes], ['standalone', '/', [true, true], ['any', 'maskable']])
})

test('by the keyboard alone', async () => {
  const carol = await w.person('carol')
  const t = carol.tab
  const press = async (...keys) => { for (const k of keys) await t.keyboard.press(k) }
  const focus = async (name) => {
    for (let i = 0; i < 40; i++) {
      if (await t.evaluate((n) => (document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.labels?.[0]?.textContent ?? '').includes(n), name)) return
      await press('Tab')
    }
    throw new Error(`Tab never comes to ${name}`)
  }
  await t.getByRole('button', { name: 'Create account' }).waitFor()
  await focus('Your handle')
  await t.keyboard.type('carol')
  await press('Enter')
  await carol.ready()
  await focus('New conversation')
  await press('Enter')
  await focus('Handle')
  await t.keyboard.type('bob')
  await press('Enter')
  await carol.composer.waitFor()
  await focus('Message')
  await t.keyboard.type('typed')
  await press('Enter')
  await carol.message('typed').getByTitle(/Sent|restorable/).waitFor() // what waits to be sent is not edited
  // The last own message is edited by the arrow.
  await press('ArrowUp', 'End')
  await t.keyboard.type(' twice')
  await press('Enter')
  await carol.message('typed twice').waitFor()
  await bob.sees('carol', 'typed twice')
  // A dialog is left by Escape, and the focus is where it was.
  await focus('Secure storage')
  await focus('New conversation')
  await press('Enter')
  await t.locator('dialog').waitFor()
  await press('Escape')
  await t.locator('dialog').waitFor({ state: 'detached' })
  assert.equal(await t.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'New conversation')
})

test('every language has every text, with the same places to fill', async () => {
  const names = await alice.tab.evaluate(() => document.documentElement.lang)
  assert.equal(names, 'en')
  for (const [locale, lang, dir, word] of [['de-AT', 'de', 'ltr', 'Konto anlegen'], ['ar-EG', 'ar', 'rtl', 'إنشاء حساب'], ['fr-FR', 'en', 'ltr', 'Create account']]) {
    const p = await w.person('dora', { locale })
    await p.tab.getByRole('button', { name: word }).waitFor()
    assert.deepEqual(await p.tab.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), [lang, dir])
    await p.context.close()
  }
})
