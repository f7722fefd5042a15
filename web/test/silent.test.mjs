// Entries that show nothing, such as reactions, may fill whole pages of a log: the
// reader goes through them to what is newer.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { world } from './world.mjs'

const silent = 45 // more than one page of the thread

let w, alice
before(async () => {
  w = await world()
  w.coffer('bob', 'register', 'bob', '--server', w.url)
  alice = await (await w.person('alice')).register()
})
after(async () => { await w.close() })

test('to the newest message by scrolling, through reactions only', async () => {
  const t = alice.tab
  await alice.say('bob', 'the first words')
  await t.workers()[0].evaluate(async (times) => {
    const [m] = JSON.parse(await globalThis.coffer.call('history', { to: 'bob', limit: 1, noSync: true }))
    for (let i = 0; i < times; i++) await globalThis.coffer.call('react', { id: m.id, emoji: '❤️', remove: i % 2 === 1 })
  }, silent)
  writeFileSync(path.join(w.folder, 'lines'), Array.from({ length: 90 }, (_, i) => `line ${i + 1}`).join('\n') + '\n')
  w.coffer('bob', 'sync')
  w.coffer('bob', 'send', 'alice', '--lines', { stdin: path.join(w.folder, 'lines') })
  await alice.message('line 90').waitFor({ timeout: 60_000 })
  await t.reload() // as they came, the window has grown with them
  await alice.ready()
  await alice.open('bob')
  await alice.message('line 90').waitFor()
  assert.equal(await t.locator('.message').filter({ hasText: 'the first words' }).count(), 0, 'the window has the newest only')

  await t.getByRole('button', { name: 'Search in this conversation' }).click()
  await t.getByRole('searchbox', { name: 'Search in this conversation' }).fill('first words')
  await t.locator('.find .row').first().click()
  await t.locator('.message.found').filter({ hasText: 'the first words' }).waitFor()
  // What the reader scrolls to brings the next part, until the end is there.
  for (let i = 0; await t.getByRole('button', { name: 'Newest messages' }).count() > 0; i++) {
    assert.ok(i < 100, 'the end never comes')
    const shown = await t.locator('.message').last().getAttribute('data-seq')
    await t.locator('.entries').evaluate((el) => { el.scrollTop = el.scrollHeight; el.dispatchEvent(new Event('scroll')) })
    await t.waitForFunction((seq) => !document.querySelector('.jump') || [...document.querySelectorAll('.message')].at(-1).dataset.seq !== seq, shown)
  }
  await alice.message('line 90').waitFor()
})
