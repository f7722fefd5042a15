// The keyboard: conversations by keys alone, and nothing taken from a field.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { speak } from './look.mjs'
import { world } from './world.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let w, alice, tab
const open = (name) => tab.locator('.thread h2', { hasText: new RegExp(`^${name}$`) }).waitFor()
const press = (key) => tab.keyboard.press(key)
const focused = (what) => tab.waitForFunction((s) => document.activeElement?.matches(s), what)

before(async () => {
  w = await world()
  alice = await (await w.person('alice', { bypassCSP: true, reducedMotion: 'reduce' })).register()
  tab = alice.tab
  for (const name of ['bob', 'carol', 'dora']) {
    w.coffer(name, 'register', name, '--server', w.url)
    await alice.say(name, `hello ${name}`)
  }
})
after(async () => { await w.close() })

test('up and down the list, which has an end; what is written stays', async () => {
  await alice.open('dora') // the newest is first
  await alice.composer.fill('half a word')
  await press('Alt+ArrowDown')
  await open('carol')
  await press('Alt+ArrowDown')
  await open('bob')
  await press('Alt+ArrowDown')
  await press('Alt+ArrowUp') // from the end, where the one before did nothing
  await open('carol')
  await press('Alt+ArrowUp')
  await open('dora')
  await alice.composer.waitFor()
  assert.equal(await alice.composer.inputValue(), 'half a word')
  await alice.composer.fill('')
})

test('to what is unread, wherever it is', async () => {
  await alice.open('carol')
  w.coffer('bob', 'send', 'alice', 'read me')
  await alice.row('bob').locator('.badge').waitFor({ timeout: 30_000 })
  await press('Alt+Shift+ArrowDown')
  await open('bob')
  await alice.message('read me').waitFor()
  await alice.row('bob').locator('.badge').waitFor({ state: 'detached' })
})

test('finding a conversation: typed, chosen, and the list is whole again', async () => {
  await alice.composer.fill('a draft')
  await press('Control+k')
  await focused('.search input')
  await tab.keyboard.type('caro')
  await alice.row('carol').waitFor()
  await alice.row('bob').waitFor({ state: 'detached' })
  await press('ArrowDown')
  await focused('.row')
  await press('Control+k')
  await focused('.search input')
  await press('Enter')
  await open('carol')
  await alice.row('bob').waitFor()
  assert.equal(await alice.composer.inputValue(), '') // what was begun for bob stays with bob
  await focused('.composer textarea')
  await press('Control+k')
  await tab.keyboard.type('bo')
  await press('Escape') // the words first, then where one was
  await alice.row('carol').waitFor()
  await open('carol')
})

test('the last message is edited by the arrow, and left by Escape', async () => {
  await alice.message('hello carol').getByTitle('In everybody’s restorable history').waitFor() // what waits to be sent is not edited
  await alice.composer.focus()
  await press('ArrowUp')
  await tab.locator('.about', { hasText: 'hello carol' }).waitFor()
  assert.equal(await alice.composer.inputValue(), 'hello carol')
  await press('Escape')
  await tab.locator('.about').waitFor({ state: 'detached' })
  assert.equal(await alice.composer.inputValue(), '')
  await open('carol')
})

test('Escape closes what is nearest, and the focus is where one was', async () => {
  await tab.getByRole('button', { name: 'Search in this conversation' }).click()
  await focused('.find input')
  await press('Escape')
  await focused('[aria-label="Search in this conversation"]')
  await open('carol')
  await alice.composer.fill('kept')
  await press('Escape') // not while something is written
  await open('carol')
  await alice.composer.fill('')
  await press('Escape')
  await tab.locator('.thread').waitFor({ state: 'detached' })
  await focused('.row')
  assert.equal(await tab.evaluate(() => document.activeElement.querySelector('b').textContent), 'carol')
  await tab.getByRole('button', { name: 'Settings' }).click()
  await tab.locator('.panel').waitFor()
  await press('Escape')
  await tab.locator('.panel').waitFor({ state: 'detached' })
})

test('a letter is a letter, and a choice keeps its keys', async () => {
  await alice.open('carol')
  await alice.composer.focus()
  await tab.keyboard.type('k/?')
  assert.equal(await alice.composer.inputValue(), 'k/?')
  await alice.composer.fill('')
  await tab.locator('.entries').focus()
  await tab.keyboard.type('?k/')
  await open('carol')
  assert.equal(await tab.locator('dialog').count(), 0)
  await tab.getByRole('button', { name: 'Settings' }).click()
  const choice = tab.getByLabel('Colours')
  await choice.focus()
  const taken = await choice.evaluate((el) => ['ArrowDown', 'ArrowUp', 'Escape'].filter((key) =>
    !el.dispatchEvent(new KeyboardEvent('keydown', { key, altKey: key !== 'Escape', bubbles: true, cancelable: true }))))
  assert.deepEqual(taken, [])
  await tab.locator('.panel').waitFor()
})

for (const [code, title, width] of [['en', 'Keyboard shortcuts', 360], ['de', 'Tastenkürzel', 1024], ['ar', 'اختصارات لوحة المفاتيح', 360]]) {
  test(`the list of them, in ${code}`, async () => {
    await speak(alice, code)
    await alice.ready()
    await alice.row('carol').click()
    await tab.locator('.composer textarea').focus()
    await tab.setViewportSize({ width, height: 740 })
    await press('Control+/')
    await tab.getByRole('heading', { name: title }).waitFor()
    assert.equal(await tab.locator('dialog dt').count(), 6)
    await press('Control+k') // nothing goes on behind a dialog
    assert.equal(await tab.locator('dialog').count(), 1)
    assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
    await tab.evaluate(axe)
    const found = await tab.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
    assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`), [])
    await press('Escape')
    await tab.locator('dialog').waitFor({ state: 'detached' })
    await focused('.composer textarea')
    await tab.setViewportSize({ width: 1100, height: 760 })
  })
}

test('a phone shows the list when something is looked for', async () => {
  await tab.setViewportSize({ width: 360, height: 740 })
  await press('Control+k')
  await focused('.search input')
  await tab.locator('.thread').waitFor({ state: 'detached' })
})
