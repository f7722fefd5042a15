// Several tabs of one browser, one engine.
import { after, before, test } from 'node:test'
import { world } from './world.mjs'

let w, alice, bob
before(async () => {
  w = await world()
  alice = await (await w.person('alice')).register()
  bob = await (await w.person('bob')).register()
  await alice.say('bob', 'first')
})
after(async () => { await w.close() })

test('a second tab works at once, beside the first', async () => {
  const second = alice.beside(await w.tab(alice.context, 'alice 2'))
  await second.ready()
  await second.sees('bob', 'first')
  await second.say('bob', 'from the second tab')
  await alice.message('from the second tab').waitFor()
  await bob.sees('alice', 'from the second tab')
  await bob.say('alice', 'to both')
  await second.message('to both').waitFor()
  await alice.message('to both').waitFor()
  // A file crosses from tab to tab as well.
  await second.tab.locator('input[type=file]').setInputFiles({ name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from('tea, bread') })
  await second.composer.fill('a file')
  await second.tab.keyboard.press('Enter')
  await bob.message('a file').getByText('list.txt').waitFor()
  await second.tab.close()
})

test('the tab with the engine is closed: another takes over', async () => {
  const second = alice.beside(await w.tab(alice.context, 'alice 3'))
  await second.ready()
  await second.open('bob')
  await alice.tab.close()
  await second.say('bob', 'after the first was closed')
  await bob.message('after the first was closed').waitFor()
  await bob.say('alice', 'still there?')
  await second.message('still there?').waitFor({ timeout: 30_000 })
  alice = second
})

test('the tab with the engine crashes: another takes over, nothing is lost', async () => {
  const second = alice.beside(await w.tab(alice.context, 'alice 4'))
  await second.ready()
  await second.open('bob')
  await second.message('still there?').waitFor()
  await alice.tab.goto('chrome://crash').catch(() => undefined)
  await second.say('bob', 'after the crash')
  await bob.message('after the crash').waitFor()
  for (const text of ['first', 'from the second tab', 'to both', 'after the first was closed']) await second.message(text).waitFor()
  alice = second
})

test('an account made in one tab is there in the other', async () => {
  const carol = await w.person('carol')
  const second = carol.beside(await w.tab(carol.context, 'carol 2'))
  await second.tab.getByRole('button', { name: 'Create account' }).waitFor()
  await carol.register()
  await second.ready()
  await second.tab.locator('.sidebar h2').getByText('carol', { exact: true }).waitFor()
})
