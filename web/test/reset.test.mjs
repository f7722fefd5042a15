// An account's reset, by clicking alone: whoever is signed in hears of it and stops
// it; who has lost everything gets the handle when the time is over; contacts decide;
// the old messages stay to be read beside the new account.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { program, world } from './world.mjs'

const password = 'correct horse battery'
let w, bob
before(async () => {
  w = await world()
  bob = await (await w.person('bob')).register()
})
after(async () => { await w.close() })

/** Begins, in a browser of its own, what somebody does who has lost everything. */
async function lost(handle, fill) {
  const p = await w.person(handle)
  await p.tab.getByRole('tab', { name: 'I have an account' }).click()
  await p.tab.getByRole('button', { name: 'I have lost everything' }).click()
  await p.tab.getByText('It takes seven days.').waitFor()
  await p.tab.getByLabel('Your handle').fill(handle)
  await fill(p.tab)
  await p.tab.getByRole('button', { name: 'Ask for my handle' }).click()
  return p
}
const byPassword = (t) => t.getByRole('textbox', { name: 'Sign-in password' }).fill(password)

/** The waiting time is over, whatever the clock says. */
function passTime(handle) {
  const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..')
  execFileSync('go', ['build', '-o', w.folder + '/', './internal/resetdue'], { cwd: root, stdio: 'inherit' })
  execFileSync(path.join(w.folder, 'resetdue'), [path.join(w.folder, 'data', 'coffer.db'), handle], { stdio: 'inherit' })
}

const alarm = (p) => p.tab.getByRole('alert').filter({ hasText: 'Somebody says that you have lost everything' })
const told = (p, text) => p.tab.locator('.told').filter({ hasText: text })

test('a second browser sees on every screen that somebody asks, and stops it', async () => {
  const alice = await (await w.person('alice')).register()
  await alice.pin('runner beans, two rows', password)
  const thief = await lost('alice', (t) => t.getByRole('textbox', { name: 'Sign-in password' }).fill('a guess'))
  await thief.tab.getByText('Wrong handle or password').waitFor({ timeout: 30_000 })
  await byPassword(thief.tab)
  await thief.tab.getByRole('button', { name: 'Ask for my handle' }).click()
  await thief.tab.getByRole('heading', { name: 'You have asked for alice' }).waitFor({ timeout: 30_000 })

  // A tab that comes to the front asks the server; the others of the browser hear it.
  const other = alice.beside(await w.tab(alice.context, 'alice'))
  await alarm(other).waitFor()
  await alice.tab.bringToFront()
  await alarm(alice).waitFor()
  for (const name of ['Settings', 'Secure storage']) {
    await alice.tab.getByRole('button', { name }).click()
    await alice.tab.getByRole('heading', { name }).waitFor()
    assert.ok(await alarm(alice).isVisible(), name)
  }
  await alice.open('bob')
  await alarm(alice).getByRole('button', { name: 'Stop it' }).click()
  for (const p of [alice, other]) {
    await alarm(p).waitFor({ state: 'detached' })
    await told(p, 'this was stopped on').waitFor()
  }
  await told(alice, 'this was stopped on').getByRole('button', { name: 'Seen' }).click()
  for (const p of [alice, other]) await told(p, 'this was stopped on').waitFor({ state: 'detached' })

  // The thief's browser waits over a reload, and gets nothing.
  await thief.tab.reload()
  await thief.tab.getByRole('button', { name: 'Look whether it is time' }).click()
  await thief.tab.getByRole('alert').filter({ hasText: 'has stopped this' }).waitFor()
  await thief.tab.getByRole('button', { name: 'Give it up' }).click()
  await thief.tab.locator('dialog').getByRole('button', { name: 'Give it up' }).click()
  await thief.tab.getByRole('button', { name: 'Create account' }).waitFor()
  await alice.say('bob', 'still me')
  await thief.context.close()
  await alice.context.close()
})

test('the handle goes to a new account, contacts decide, the old messages stay', async () => {
  const carol = await (await w.person('carol')).register()
  await carol.pin('three rows of peas', password)
  const code = await carol.code()
  await carol.say('bob', 'of the old days')
  await bob.sees('carol', 'of the old days')
  await bob.say('carol', 'I remember')
  const dave = await (await w.person('dave')).register()
  await dave.say('carol', 'hello carol')

  const phone = await lost('carol', byPassword)
  await phone.tab.getByRole('heading', { name: 'You have asked for carol' }).waitFor({ timeout: 30_000 })
  await phone.tab.getByRole('button', { name: 'Look whether it is time' }).click()
  await phone.tab.getByRole('button', { name: 'Look whether it is time' }).and(phone.tab.locator(':enabled')).waitFor()
  passTime('carol')
  await phone.tab.getByRole('button', { name: 'Look whether it is time' }).click()
  await phone.tab.getByRole('heading', { name: 'Welcome back, carol' }).waitFor({ timeout: 30_000 })
  await phone.tab.locator('dialog').getByRole('button', { name: 'Close' }).click()
  await phone.ready()

  // Bob is told, on every screen, and nothing is sent before he decides.
  await told(bob, 'carol has a new account').waitFor({ timeout: 30_000 })
  await bob.row('carol').click()
  await bob.tab.getByText('Nothing is sent before you decide.').waitFor()
  assert.equal(await bob.composer.count(), 0)
  await told(bob, 'carol has a new account').getByRole('button', { name: 'Decide' }).click()
  const numbers = bob.tab.locator('dialog .number')
  await numbers.nth(1).waitFor()
  const [fresh, old] = await numbers.allTextContents()
  assert.notEqual(fresh, old)
  await bob.tab.getByRole('button', { name: 'It is so: accept' }).click()
  await bob.composer.waitFor()
  await told(bob, 'carol has a new account').getByRole('button', { name: 'Seen' }).click()
  await bob.composer.fill('is it you?')
  await bob.tab.keyboard.press('Enter')
  await bob.message('is it you?').waitFor()
  await bob.tab.locator('.thread .title').click()
  await bob.tab.locator('dialog .number').filter({ hasText: fresh }).waitFor()
  await bob.tab.keyboard.press('Escape')
  await phone.sees('bob', 'is it you?')
  await bob.tab.locator('.list .row').filter({ hasText: 'carol~' }).click()
  await bob.message('of the old days').waitFor()
  await bob.tab.getByText('This is an account that was lost.').waitFor()

  // Dave knows better, and goes on with the old one.
  await dave.tab.reload()
  await told(dave, 'carol has a new account').getByRole('button', { name: 'Decide' }).click()
  await dave.tab.getByRole('button', { name: 'It is not so: keep the old one' }).click()
  await dave.composer.waitFor()

  // The old device reads, and knows why it can do no more.
  await carol.tab.reload()
  await carol.tab.getByText('Your handle belongs to another account').waitFor({ timeout: 30_000 })
  await carol.row('bob').click()
  await carol.message('I remember').waitFor()
  assert.equal(await carol.composer.count(), 0)

  // A code that turns up opens the old messages beside the new account, in a tab of its own.
  await phone.tab.getByRole('button', { name: 'Secure storage' }).click()
  const opening = phone.context.waitForEvent('page')
  await phone.tab.getByRole('link', { name: 'Open it in another tab' }).click()
  const aside = phone.beside(await opening)
  await aside.tab.getByRole('heading', { name: 'The account before' }).waitFor()
  await aside.tab.getByLabel('Your handle').fill('carol')
  await aside.tab.getByLabel('Recovery code').fill(code)
  await aside.tab.getByRole('button', { name: 'Bring everything back' }).click()
  await aside.tab.getByText('Your handle belongs to another account').waitFor({ timeout: 60_000 })
  await aside.row('bob').click()
  await aside.message('I remember').waitFor()
  assert.equal(await aside.composer.count(), 0)
  await aside.tab.reload()
  await aside.message('I remember').or(aside.row('bob')).first().waitFor({ timeout: 30_000 })
  await phone.tab.reload()
  await phone.sees('bob', 'is it you?')
  for (const p of [carol, dave, phone]) await p.context.close()
})

test('a group admits the new account, asked for with a code of the operator', async () => {
  const erin = await (await w.person('erin')).register()
  await bob.say('erin', 'come to the garden')
  await erin.sees('bob', 'come to the garden')
  await erin.context.close()
  await bob.tab.getByRole('button', { name: 'New conversation' }).click()
  await bob.tab.getByRole('tab', { name: 'Group' }).click()
  await bob.tab.getByLabel('Group name').fill('Garden')
  await bob.tab.getByLabel('Handles').fill('erin')
  await bob.tab.getByRole('button', { name: 'Start' }).click()
  await bob.tab.getByRole('heading', { name: 'Garden' }).waitFor()

  const [operators] = execFileSync(program('cofferd'), ['reset', 'erin', '--data', path.join(w.folder, 'data'), '--at-once'], { encoding: 'utf8' }).split('\n')
  const phone = await lost('erin', async (t) => {
    await t.getByRole('tab', { name: 'Operator’s code' }).click()
    await t.getByRole('textbox', { name: 'Operator’s code' }).fill(operators)
  })
  await phone.tab.getByRole('heading', { name: 'Welcome back, erin' }).waitFor({ timeout: 30_000 })
  await told(bob, 'erin has a new account').waitFor({ timeout: 30_000 })
  await bob.tab.locator('.thread .title').click()
  await bob.tab.getByRole('button', { name: 'Admit the new account' }).click()
  await bob.tab.getByRole('heading', { name: 'Is that still erin?' }).waitFor()
  await bob.tab.getByRole('button', { name: 'Admit the new account' }).click()
  await phone.tab.locator('dialog').getByRole('button', { name: 'Close' }).click()
  await phone.row('Garden').waitFor({ timeout: 30_000 })
  await bob.say('Garden', 'it is her')
  await phone.sees('Garden', 'it is her')
  await phone.context.close()
})
