// What people see of each other beside messages.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { world } from './world.mjs'

let w, alice, bob
before(async () => {
  w = await world()
  alice = await (await w.person('alice')).register()
  bob = await (await w.person('bob')).register()
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
