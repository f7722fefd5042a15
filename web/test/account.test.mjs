// What an account can do, by clicking: who tried the PIN, keeping history or not, another
// sign-in password, one language on every screen, and the account's end.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { look, speak } from './look.mjs'
import { world } from './world.mjs'

const pin = 'runner beans, two rows'
let w, alice, bob
before(async () => {
  w = await world()
  bob = await (await w.person('bob')).register()
  alice = await (await w.person('alice', { bypassCSP: true, reducedMotion: 'reduce' })).register()
  alice.tab.setDefaultTimeout(15_000)
  bob.tab.setDefaultTimeout(15_000)
  await alice.say('bob', 'hello')
  await bob.sees('alice', 'hello')
  await alice.pin(pin, 'correct horse')
})
after(async () => { await w.close() })

const card = (p, title) => p.tab.locator('.card').filter({ has: p.tab.getByRole('heading', { name: title, exact: true }) })
const security = async (p) => {
  await p.tab.getByRole('button', { name: 'Settings' }).click() // so that it is drawn, and checked, anew
  await p.tab.getByRole('button', { name: 'Secure storage' }).click()
  await p.tab.locator('.health').waitFor({ timeout: 60_000 })
}

test('the guardians say who tried the PIN', async () => {
  await security(alice)
  await alice.tab.getByRole('button', { name: 'Test: PIN' }).click()
  const d = alice.tab.locator('dialog')
  await d.locator('input').first().fill('sweet peas, one row')
  await d.locator('button.primary').click()
  await d.getByRole('alert').filter({ hasText: 'Wrong PIN' }).waitFor({ timeout: 30_000 })
  await alice.tab.keyboard.press('Escape')
  await security(alice)
  await alice.tab.getByRole('button', { name: 'Who tried your PIN' }).click()
  const log = alice.tab.getByRole('region', { name: 'Who tried your PIN' })
  await log.getByText('9 guesses left.').waitFor({ timeout: 30_000 })
  const realms = await log.locator('details').count()
  assert.ok(realms >= 2, `${realms} guardians`)
  assert.equal(await log.getByText('the PIN was set').count(), realms)
  assert.ok(await log.getByText('a try was counted').count() >= 2)
  await look('guesses', alice, undefined, log.locator('details').first())
})

test('history is kept no more, and again, and it is said before what that means', async () => {
  await security(alice)
  const c = card(alice, 'Keeping history')
  await c.getByText('On: all that you send and get').waitFor()
  await c.getByRole('button', { name: 'Stop keeping' }).click()
  await alice.tab.getByText('if you lose your devices, it is lost').waitFor()
  await look('keep-off', alice)
  await alice.tab.getByRole('button', { name: 'Cancel' }).click()
  await c.getByText('On: all that you send and get').waitFor()
  await c.getByRole('button', { name: 'Stop keeping' }).click()
  await alice.tab.locator('dialog button.danger').click()
  await c.getByText('Off: what is sent now').waitFor({ timeout: 30_000 })
  await alice.tab.locator('.checks').getByText('the vault is off').waitFor()
  // The other one sees that.
  await bob.open('alice')
  await bob.tab.locator('.thread .title').click()
  const shown = bob.tab.locator('dialog .people li')
  await shown.filter({ hasText: 'alice' }).filter({ hasNotText: 'keeps history' }).waitFor()
  await bob.tab.keyboard.press('Escape')
  await c.getByRole('button', { name: 'Keep again' }).click()
  await alice.tab.locator('dialog button.primary').click()
  await c.getByText('On: all that you send and get').waitFor({ timeout: 30_000 })
})

test('another sign-in password; the PIN proves that it is another', async () => {
  await alice.tab.getByRole('button', { name: 'Settings' }).click()
  await alice.tab.getByRole('button', { name: 'Change the sign-in password' }).click()
  const d = alice.tab.locator('dialog')
  await d.getByLabel('New sign-in password').fill(pin)
  await d.getByLabel('PIN', { exact: true }).fill(pin)
  await d.locator('button.primary').click()
  await d.getByRole('alert').filter({ hasText: 'Password and PIN must differ' }).waitFor({ timeout: 30_000 })
  await look('password', alice)
  await d.getByLabel('New sign-in password').fill('battery staple')
  await d.locator('button.primary').click()
  await alice.tab.getByText('The sign-in password is changed.').waitFor({ timeout: 60_000 })
  await d.waitFor({ state: 'detached' })
})

test('health and refusals are in the person’s language, and in no other', async () => {
  const corner = (n) => alice.tab.locator('.sidebar header button').nth(n)
  for (const [language, failure] of [['de', 'gibt es auf diesem Server nicht'], ['ar', 'على هذا الخادم']]) {
    await speak(alice, language)
    await corner(2).click()
    await alice.tab.locator('dialog input').first().fill('nobody-here')
    await alice.tab.locator('dialog button.primary').click()
    const said = alice.tab.locator('.failure, .toast.bad').filter({ hasText: failure }).first()
    await said.waitFor({ timeout: 30_000 })
    assert.doesNotMatch((await said.innerText()).replace('nobody-here', ''), /there is/i)
    await alice.tab.keyboard.press('Escape')
  }
  await corner(1).click()
  await alice.tab.locator('.checks li').nth(9).waitFor({ timeout: 60_000 })
  for (const text of await alice.tab.locator('.checks li').allInnerTexts()) assert.doesNotMatch(text, /[A-Za-z]{3}/)
  await look('health-ar', alice, [['light', 360]])
})

test('the account is closed, the receipt kept, and the page is as new', async () => {
  await speak(alice, 'en')
  await alice.tab.getByRole('button', { name: 'Settings' }).click()
  await alice.tab.getByRole('button', { name: 'Close the account' }).click()
  const d = alice.tab.locator('dialog')
  const go = d.getByRole('button', { name: 'Close the account' })
  assert.ok(await go.isDisabled())
  await d.getByLabel('Type alice to go on').fill('bob')
  assert.ok(await go.isDisabled())
  await look('close', alice)
  await d.getByLabel('Type alice to go on').fill('alice')
  await go.click()
  await d.getByRole('heading', { name: 'The account is closed' }).waitFor({ timeout: 60_000 })
  await d.getByText('messages of yours that others keep').waitFor()
  await look('receipt', alice)
  const saving = alice.tab.waitForEvent('download')
  await d.getByRole('button', { name: 'Save the receipt' }).click()
  const file = path.join(w.folder, 'receipt')
  await (await saving).saveAs(file)
  assert.match(readFileSync(file, 'utf8'), /^-----BEGIN COFFER ERASURE RECEIPT-----\n/)
  assert.match(w.coffer('nobody', 'account', 'receipt', file), /erased on/)
  await d.getByRole('button', { name: 'Empty this page' }).click()
  await alice.tab.getByRole('button', { name: 'Create account' }).waitFor({ timeout: 30_000 })
  assert.equal(await alice.tab.locator('.list').count(), 0)
  // Whom she wrote with has what she wrote, and reads that she has gone.
  await bob.tab.keyboard.press('Escape')
  await bob.row('alice').click()
  await bob.message('hello').waitFor()
  await bob.tab.locator('.thread').getByText(/^alice (has )?(left|closed)/).waitFor({ timeout: 30_000 })
})
