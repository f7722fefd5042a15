// What people see of each other beside messages.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { look } from './look.mjs'
import { program, world } from './world.mjs'

let w, alice, bob
before(async () => {
  w = await world()
  alice = await (await w.person('alice')).register()
  bob = await (await w.person('bob', { bypassCSP: true, reducedMotion: 'reduce' })).register()
  await alice.say('bob', 'hello')
  await bob.sees('alice', 'hello')
  await bob.say('alice', 'good morning') // from then on she is no stranger
  await alice.sees('bob', 'good morning')
})
after(async () => { await w.close() })

const settings = async (person) => {
  await person.tab.getByRole('button', { name: 'Settings' }).click()
  await person.tab.getByText('Seen by others').waitFor()
}

test('who types is shown, until the message comes', async () => {
  const status = bob.tab.getByRole('status').filter({ hasText: 'alice typing' })
  // What is said reaches who waits; it is said again as long as somebody types.
  const shown = status.waitFor().then(() => true)
  let done = false
  void shown.then(() => { done = true })
  await alice.composer.focus()
  while (!done) {
    await alice.tab.keyboard.type('x')
    await Promise.race([shown, alice.tab.waitForTimeout(500)])
  }
  await alice.tab.keyboard.press('Enter')
  await bob.message('x').last().waitFor()
  await status.waitFor({ state: 'detached' })
})

test('read marks are off until both switch them on', async () => {
  for (const person of [alice, bob]) {
    await settings(person)
    const box = person.tab.getByLabel('Others see up to where you have read')
    assert.equal(await box.isChecked(), false)
    assert.equal(await person.tab.getByLabel('Others see that you are typing').isChecked(), true)
    await box.click()
    await person.tab.locator('.choice input[type=checkbox]:checked').nth(1).waitFor()
  }
  await alice.say('bob', 'do you see this?')
  await bob.open('alice')
  await bob.message('do you see this?').waitFor()
  const mark = alice.tab.locator('.message', { hasText: 'do you see this?' }).getByTitle('Read by bob')
  await mark.waitFor({ timeout: 60_000 })
  await settings(alice)
  await alice.tab.getByLabel('Others see up to where you have read').click()
  await alice.tab.locator('.choice input[type=checkbox]:checked').nth(1).waitFor({ state: 'detached' })
  await alice.open('bob')
  await alice.message('do you see this?').waitFor()
  await mark.waitFor({ state: 'detached' })
})

test('a message is reported, with what was said before its edit and around it', async () => {
  await alice.open('bob')
  await alice.say('bob', 'an <b>insult</b>')
  await bob.open('alice')
  await bob.message('insult').last().waitFor()
  const tools = alice.message('insult').last()
  await tools.hover()
  await tools.getByRole('button', { name: 'More' }).click()
  await alice.tab.getByRole('menuitem', { name: 'Edit' }).click()
  await alice.composer.fill('a compliment')
  await alice.tab.keyboard.press('Enter')
  const changed = bob.message('a compliment').last()
  await changed.waitFor()
  await changed.hover()
  await changed.getByRole('button', { name: 'More' }).click()
  await bob.tab.getByRole('menuitem', { name: 'Report' }).click()
  const dialog = bob.tab.getByRole('dialog')
  await dialog.getByText('an <b>insult</b>').waitFor()
  assert.equal(await dialog.locator('.checks li').count(), 2)
  await dialog.getByLabel('With what was said around it').check()
  await dialog.locator('.checks li').nth(4).waitFor()
  assert.equal(await dialog.getByText('hello').count(), 0) // it is further away than three
  await dialog.getByLabel('What should they know?').fill('he goes on')
  await look('report', bob)
  await dialog.getByRole('button', { name: 'Report' }).click()
  await dialog.waitFor({ state: 'detached' })
  await bob.tab.getByText('Reported').waitFor()
  const data = path.join(w.folder, 'data')
  const reports = (...args) => execFileSync(program('cofferd'), ['reports', ...args, '--data', data], { encoding: 'utf8' })
  const [id, , , , by] = reports('list').split(/\s+/)
  assert.equal(by, 'bob')
  const page = reports('show', id)
  for (const text of ['he goes on', 'an <b>insult</b>', 'a compliment', 'do you see this?', 'good morning']) assert.ok(page.includes(text), `${text} is missing in\n${page}`)
  assert.ok(!page.includes('hello'), page)
  // Nobody reports what is one's own.
  await alice.message('a compliment').last().hover()
  await alice.message('a compliment').last().getByRole('button', { name: 'More' }).click()
  await alice.tab.getByRole('menuitem', { name: 'Delete for me' }).waitFor()
  assert.equal(await alice.tab.getByRole('menuitem', { name: 'Report' }).count(), 0)
  await alice.tab.keyboard.press('Escape')
})
