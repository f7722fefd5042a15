// What a finger is to hit is at least 44 px high and, where it is a picture, as wide.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { world } from './world.mjs'

let w, alice
before(async () => {
  w = await world()
  const bob = await (await w.person('bob')).register()
  alice = await (await w.person('alice', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })).register()
  await alice.tab.getByRole('button', { name: 'New conversation' }).waitFor()
  await bob.context.close()
})
after(async () => { await w.close() })

/** What of a screen is too small; text within a sentence may be (WCAG 2.5.8), and what has a label is hit by its label. */
async function small() {
  return alice.tab.evaluate(() => {
    const found = []
    for (const e of document.querySelectorAll('button:not(.said), select, textarea, summary, label:has(> input), input:not([type=checkbox], [type=radio], [type=file], [type=range])')) {
      const r = e.getBoundingClientRect()
      if (r.width === 0 || !e.checkVisibility() || e.closest('.unseen') || getComputedStyle(e).clipPath !== 'none') continue
      if (r.height < 43.9 || r.width < 43.9) found.push(`${Math.round(r.width)} × ${Math.round(r.height)}: ${e.outerHTML.slice(0, 90)}`)
    }
    return found
  })
}

test('the list, a conversation, who is in it', async () => {
  assert.deepEqual(await small(), [])
  await alice.say('bob', 'Is there room for a finger?')
  assert.deepEqual(await small(), [])
  await alice.tab.locator('.thread .title').click()
  await alice.tab.locator('.qr').waitFor()
  assert.deepEqual(await small(), [])
  await alice.tab.keyboard.press('Escape')
  await alice.tab.getByRole('button', { name: 'Emoji' }).click()
  await alice.tab.locator('.emoji').waitFor()
  assert.deepEqual(await small(), [])
  await alice.tab.keyboard.press('Escape')
})

test('secure storage and settings', async () => {
  for (const [name, there] of [['Secure storage', '.health'], ['Settings', 'select']]) {
    const back = alice.tab.getByRole('button', { name: 'Back' })
    if (await back.isVisible()) await back.click()
    await alice.tab.getByRole('button', { name }).click()
    await alice.tab.getByRole('heading', { name, exact: true }).waitFor()
    await alice.tab.locator(there).first().waitFor({ timeout: 60_000 })
    assert.deepEqual(await small(), [])
  }
})
