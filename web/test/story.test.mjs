// The story of make demo, by clicking: two browsers and a terminal.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { world } from './world.mjs'

let w, alice, bob, code
before(async () => { w = await world() })
after(async () => { await w.close() })

test('two people talk in a minute', async () => {
  const start = Date.now()
  alice = await (await w.person('alice')).register()
  bob = await (await w.person('bob')).register()
  await alice.say('bob', 'Hello Bob')
  await bob.sees('alice', 'Hello Bob')
  await bob.say('alice', 'Hi Alice')
  await alice.message('Hi Alice').waitFor()
  console.log(`# from nothing to an answer: ${Date.now() - start} ms`)
})

test('a terminal is one of them', async () => {
  w.coffer('carol', 'register', 'carol', '--server', w.url)
  w.coffer('carol', 'send', 'alice', 'from a terminal')
  await alice.sees('carol', 'from a terminal')
  await alice.say('carol', 'to a terminal')
  await alice.message('to a terminal').getByTitle(/Sent|restorable/).waitFor()
  assert.match(w.coffer('carol', 'history', 'alice'), /to a terminal/)
})

test('reply, reaction, edit, unsend, delete for me', async () => {
  await alice.say('bob', 'a mistkae')
  await alice.menu('a mistkae', 'Edit')
  await alice.composer.fill('a mistake')
  await alice.tab.keyboard.press('Enter')
  await alice.message('a mistake').getByText('edited').waitFor()
  await bob.sees('alice', 'a mistake')

  await bob.message('a mistake').hover()
  await bob.message('a mistake').getByRole('button', { name: 'React' }).click()
  await bob.tab.getByRole('button', { name: '😂' }).click()
  await alice.message('a mistake').getByRole('button', { name: '😂' }).waitFor()

  await bob.message('a mistake').hover()
  await bob.message('a mistake').getByRole('button', { name: 'Reply' }).click()
  await bob.composer.fill('it happens')
  await bob.tab.keyboard.press('Enter')
  await alice.message('it happens').locator('.quote', { hasText: 'a mistake' }).waitFor()

  await alice.say('bob', 'gone soon')
  await bob.message('gone soon').waitFor()
  await alice.menu('gone soon', 'Unsend for everyone')
  await alice.tab.getByRole('button', { name: 'Unsend for everyone' }).click()
  await bob.message('Message unsent').waitFor()
  await bob.tab.getByText('gone soon').waitFor({ state: 'detached' })

  await bob.menu('it happens', 'Delete for me')
  await bob.tab.getByRole('button', { name: 'Delete for me' }).click()
  await bob.tab.getByText('it happens').waitFor({ state: 'detached' })
  assert.equal(await alice.message('it happens').count(), 1)
})

test('a group with a picture', async () => {
  await alice.tab.getByRole('button', { name: 'New conversation' }).click()
  await alice.tab.getByRole('tab', { name: 'Group' }).click()
  await alice.tab.getByLabel('Group name').fill('Garden')
  await alice.tab.getByLabel('Handles').fill('bob carol')
  await alice.tab.getByRole('button', { name: 'Start' }).click()
  await alice.tab.getByRole('heading', { name: 'Garden' }).waitFor()
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC', 'base64')
  await alice.tab.locator('input[type=file]').setInputFiles({ name: 'square.png', mimeType: 'image/png', buffer: png })
  await alice.composer.fill('our garden')
  await alice.tab.keyboard.press('Enter')
  await bob.sees('Garden', 'our garden')
  await bob.message('our garden').locator('img[alt="square.png"]').waitFor()
})

test('every device is lost, and all comes back by the code', async () => {
  code = await alice.code()
  await alice.context.close()
  await bob.say('alice', 'written to nobody')
  alice = await w.person('alice')
  await alice.restore('alice', { code })
  await alice.tab.getByText(/confirmed by/).waitFor({ timeout: 60_000 })
  await alice.sees('bob', 'written to nobody')
  await alice.message('a mistake').waitFor()
  await alice.sees('Garden', 'our garden')
  assert.equal(await alice.tab.getByText('gone soon').count(), 0)
})

test('and by the PIN; a wrong one says how many guesses are left', async () => {
  await alice.pin('482915', 'correct horse')
  const again = await w.person('alice')
  const t = again.tab
  await t.getByRole('tab', { name: 'I have an account' }).click()
  await t.getByLabel('Your handle').fill('alice')
  await t.getByRole('tab', { name: 'PIN' }).click()
  await t.getByLabel('PIN', { exact: true }).fill('482916')
  await t.getByLabel('Sign-in password').fill('correct horse')
  await t.getByRole('button', { name: 'Bring everything back' }).click()
  await t.getByText('9 guesses left').waitFor({ timeout: 60_000 })
  await again.restore('alice', { pin: '482915', password: 'correct horse' })
  await again.sees('bob', 'written to nobody')
})

test('offline: what is written waits and goes out', async () => {
  await bob.open('alice')
  await w.stop()
  await bob.composer.fill('while the server was away')
  await bob.tab.keyboard.press('Enter')
  await bob.message('while the server was away').waitFor({ timeout: 30_000 })
  await bob.tab.reload()
  await bob.ready()
  await bob.row('alice').click()
  await bob.message('while the server was away').waitFor({ timeout: 30_000 })
  await w.start()
  await alice.sees('bob', 'while the server was away')
})
