// People and how conversations are kept: the list, requests, profiles, groups, what is
// said about messages, and what the server holds.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { world } from './world.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const folder = process.env.SCREENS // where pictures are kept to be looked at
if (folder) mkdirSync(folder, { recursive: true })

let w, alice, bob
const nameOf = (p) => p.tab.locator('.thread h2')
const menu = (p, ...items) => items.reduce(async (before, name) => { await before; await p.tab.getByRole('menuitem', { name, exact: true }).click() }, Promise.resolve())
const keep = async (p, name, ...items) => {
  await p.row(name).hover()
  await p.tab.getByRole('button', { name: `More: ${name}` }).click()
  await menu(p, ...items)
}
const cli = (...args) => w.coffer('carol', ...args)

before(async () => {
  w = await world()
  alice = await (await w.person('alice', { bypassCSP: true, reducedMotion: 'reduce' })).register()
  bob = await (await w.person('bob')).register()
  await alice.say('bob', 'hello')
  await bob.sees('alice', 'hello')
  await bob.say('alice', 'hello back')
  await alice.message('hello back').waitFor()
  cli('register', 'carol', '--server', w.url)
})
after(async () => { await w.close() })

test('a stranger’s request: seen, not answered, accepted; another is deleted, another blocked', async () => {
  cli('send', 'alice', 'you do not know me')
  await alice.row('carol').waitFor({ timeout: 30_000 })
  assert.equal(await alice.row('carol').getByText('you do not know me').count(), 0) // strangers’ words do not stand in the list
  await alice.row('carol').click()
  await alice.message('you do not know me').waitFor()
  await alice.tab.getByText('You do not know carol yet.').waitFor()
  assert.equal(await alice.composer.count(), 0)
  await alice.tab.getByRole('button', { name: 'Accept' }).click()
  await alice.composer.waitFor()
  assert.equal(await alice.tab.locator('.door').count(), 0)

  for (const [name, action] of [['dora', 'Delete conversation for me'], ['emil', 'Block']]) {
    w.coffer(name, 'register', name, '--server', w.url)
    w.coffer(name, 'send', 'alice', `I am ${name}`)
    await alice.row(name).click({ timeout: 30_000 })
    await alice.message(`I am ${name}`).waitFor()
    await alice.tab.getByRole('button', { name: action, exact: true }).click()
    if (action !== 'Block') await alice.tab.locator('dialog button.danger').click()
    await alice.row(name).waitFor({ state: 'detached' })
  }
})

test('what is unread is counted, by the engine: a reload changes nothing', async () => {
  await bob.open('alice')
  await alice.open('carol')
  await bob.say('alice', 'one')
  await bob.say('alice', 'two')
  await alice.row('bob').locator('.badge').getByText('2', { exact: true }).waitFor({ timeout: 30_000 })
  await alice.tab.reload()
  await alice.ready()
  await alice.row('bob').locator('.badge').getByText('2', { exact: true }).waitFor()
  await alice.open('bob')
  await alice.row('bob').locator('.badge').waitFor({ state: 'detached' })
  await alice.open('carol')
  await alice.row('bob').locator('.badge').waitFor({ state: 'detached' }) // the engine has it
  await alice.tab.reload()
  await alice.ready()
  await alice.row('bob').waitFor()
  assert.equal(await alice.row('bob').locator('.badge').count(), 0)
})

test('a draft outlives its page', async () => {
  await alice.open('bob')
  await alice.composer.fill('not finished')
  await alice.open('carol')
  await alice.row('bob').getByText('Draft: not finished').waitFor()
  await alice.tab.reload()
  await alice.ready()
  await alice.row('bob').getByText('Draft: not finished').waitFor()
  await alice.open('bob')
  assert.equal(await alice.composer.inputValue(), 'not finished')
  await alice.composer.fill('finished')
  await alice.tab.keyboard.press('Enter')
  await alice.message('finished').waitFor()
  await alice.open('carol')
  await alice.row('bob').getByText('You: finished').waitFor()
})

test('on top, muted, archived, and the arrow keys go through the list', async () => {
  const names = () => alice.tab.locator('.list .row b').allTextContents()
  await keep(alice, 'carol', 'Keep on top')
  await alice.tab.waitForFunction(() => document.querySelector('.list .row b')?.textContent === 'carol')
  await keep(alice, 'carol', 'Mute', 'Always')
  await alice.tab.waitForFunction(() => document.querySelectorAll('.list li:first-child .top svg').length === 2)
  await alice.tab.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'More: carol') // the focus is back
  await alice.row('carol').focus()
  await alice.tab.keyboard.press('ArrowDown')
  assert.equal(await alice.tab.evaluate(() => document.activeElement.querySelector('b').textContent), (await names())[1])
  await keep(alice, 'bob', 'Archive')
  await alice.row('bob').waitFor({ state: 'detached' })
  await alice.tab.getByRole('button', { name: /^Archived and blocked/ }).click()
  await keep(alice, 'bob', 'Back to the list')
  await alice.row('bob').waitFor({ state: 'detached' })
  await alice.tab.getByRole('button', { name: /^Archived and blocked/ }).click()
  await alice.row('bob').waitFor()
})

test('a profile and its picture are seen by others; a picture is cut to a square', async () => {
  await alice.tab.getByRole('button', { name: 'Settings' }).click()
  await alice.tab.getByLabel('Name', { exact: true }).fill('Alice Example')
  await alice.tab.locator('.card').filter({ hasText: 'Your profile' }).getByRole('button', { name: 'Save' }).click()
  const png = await alice.tab.evaluate(async () => {
    const c = new OffscreenCanvas(800, 300)
    const p = c.getContext('2d')
    p.fillStyle = '#080'
    p.fillRect(0, 0, 800, 300)
    return [...new Uint8Array(await (await c.convertToBlob({ type: 'image/png' })).arrayBuffer())]
  })
  await alice.tab.locator('.card input[type=file]').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: Buffer.from(png) })
  await alice.tab.getByLabel('Part of the picture +').fill('40')
  await alice.tab.locator('dialog button.primary').click()
  await alice.tab.locator('.card .avatar img').waitFor({ timeout: 30_000 })
  await alice.open('bob')
  const seen = bob.row('alice').locator('.avatar img')
  await seen.waitFor({ timeout: 30_000 })
  assert.equal(await seen.evaluate(async (i) => { await i.decode(); return i.naturalWidth / i.naturalHeight }), 1)
  await bob.open('alice')
  await bob.tab.locator('.thread .title').getByText('Alice Example').waitFor()
})

test('a contact link says who is meant, and is followed', async () => {
  await alice.tab.getByRole('button', { name: 'Settings' }).click()
  const link = await alice.tab.locator('.link').textContent()
  assert.match(link, /^coffer:\/\/\S+\/alice#[a-z2-7]{52}$/)
  assert.equal(await alice.tab.locator('.card .qr').count(), 1)
  const frank = await (await w.person('frank')).register()
  await frank.tab.getByRole('button', { name: 'New conversation' }).click()
  await frank.tab.getByLabel('Handle', { exact: true }).fill(link)
  await frank.tab.getByRole('button', { name: 'Start' }).click()
  await frank.composer.waitFor()
  assert.equal(await nameOf(frank).textContent(), 'alice')
  // A link that names another account is refused, and nothing changes.
  await frank.tab.getByRole('button', { name: 'New conversation' }).click()
  await frank.tab.getByLabel('Handle', { exact: true }).fill(link.replace(/.{8}$/, 'aaaaaaaa'))
  await frank.tab.getByRole('button', { name: 'Start' }).click()
  await frank.tab.getByRole('dialog').getByRole('alert').waitFor()
  await frank.context.close()
})

test('a group: named, given a picture, joined by a link, with roles', async () => {
  await alice.tab.getByRole('button', { name: 'New conversation' }).click()
  await alice.tab.getByRole('tab', { name: 'Group' }).click()
  await alice.tab.getByLabel('Group name').fill('Club')
  await alice.tab.getByLabel('Handles').fill('bob')
  await alice.tab.getByRole('button', { name: 'Start' }).click()
  await alice.tab.locator('.thread .title').click()
  await alice.tab.getByLabel('Group name').fill('Garden club')
  await alice.tab.getByRole('button', { name: 'Save' }).click()
  await bob.row('Garden club').waitFor({ timeout: 30_000 })

  await alice.tab.getByRole('combobox', { name: 'People' }).selectOption('10')
  await alice.tab.getByRole('button', { name: 'Make a link' }).click()
  await alice.tab.getByText('0 of 10, until').click()
  const link = await alice.tab.locator('dialog .link').textContent()
  const gina = await (await w.person('gina')).register()
  await gina.tab.getByRole('button', { name: 'New conversation' }).click()
  await gina.tab.getByLabel('Handle', { exact: true }).fill(link)
  await gina.tab.getByRole('button', { name: 'Start' }).click()
  await gina.tab.getByText('alice was asked to let you in.').waitFor()
  await gina.row('Garden club').waitFor({ timeout: 30_000 })

  await alice.tab.getByRole('combobox', { name: 'Role of gina' }).selectOption('admin')
  await gina.row('Garden club').click()
  await gina.tab.getByText('gina is now admin').waitFor({ timeout: 30_000 })
  await gina.tab.locator('.thread .title').click()
  await gina.tab.getByRole('button', { name: 'Make a link' }).waitFor()
  assert.equal(await gina.tab.getByRole('combobox', { name: 'Role of alice' }).count(), 0) // only owners make and unmake owners
  await gina.tab.keyboard.press('Escape')
  await alice.tab.locator('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await alice.tab.getByText('of 10, until').waitFor({ state: 'detached' })
  await alice.tab.getByRole('button', { name: 'Remove gina' }).click()
  await alice.tab.locator('dialog button.danger').click()
  await gina.tab.getByText('gina was removed', { exact: false }).or(gina.tab.locator('.event').filter({ hasText: 'removed' })).first().waitFor({ timeout: 30_000 })
  await gina.context.close()
})

test('a mention is completed and marked', async () => {
  await alice.open('Garden club')
  await bob.open('Garden club')
  await alice.composer.pressSequentially('ask @b')
  await alice.tab.getByRole('option', { name: 'bob' }).waitFor()
  await alice.tab.keyboard.press('Enter')
  assert.equal(await alice.composer.inputValue(), 'ask @bob ')
  await alice.composer.pressSequentially('and @nobody')
  await alice.tab.keyboard.press('Enter')
  await bob.message('ask @bob and @nobody').waitFor({ timeout: 30_000 })
  assert.deepEqual(await bob.message('ask @bob').locator('.mention').allTextContents(), ['@bob'])
  assert.equal(await bob.message('ask @bob').locator('.mention.me').count(), 1)
})

test('forwarded, edited with its earlier versions, deleted for me, cleared', async () => {
  await bob.say('Garden club', 'water the beans')
  await bob.menu('water the beans', 'Edit')
  await bob.composer.fill('water the peas')
  await bob.tab.keyboard.press('Enter')
  await alice.open('Garden club')
  const m = alice.message('water the peas')
  await m.getByRole('button', { name: 'edited' }).click({ timeout: 30_000 })
  await alice.tab.locator('dialog .checks').waitFor()
  assert.deepEqual(await alice.tab.locator('dialog .checks span').allTextContents(), ['water the beans', 'water the peas'])
  await alice.tab.keyboard.press('Escape')
  await alice.menu('water the peas', 'Forward')
  await alice.tab.locator('dialog').getByLabel('bob').check()
  await alice.tab.locator('dialog button.primary').click()
  await alice.tab.locator('dialog').waitFor({ state: 'detached' })
  await bob.open('alice')
  await bob.message('water the peas').getByText('forwarded').waitFor({ timeout: 30_000 })
  await alice.menu('water the peas', 'Delete for me')
  await alice.tab.locator('dialog button.danger').click()
  await alice.message('water the peas').waitFor({ state: 'detached' })
  await keep(alice, 'Garden club', 'Delete conversation for me')
  await alice.tab.locator('dialog button.danger').click()
  await alice.message('ask @bob').waitFor({ state: 'detached' })
})

test('messages disappear: one alone, and all of a conversation', async () => {
  await alice.open('bob')
  for (const [text, lasts] of [['only for a moment', '30 seconds'], ['for a while', '5 minutes']]) {
    await alice.composer.fill(text)
    await alice.tab.getByRole('button', { name: 'Disappearing messages: Off' }).click() // of each message alone
    await menu(alice, lasts)
    await alice.composer.press('Enter')
  }
  await bob.open('alice')
  await bob.message('for a while').getByTitle(/^Disappearing messages: /).waitFor({ timeout: 30_000 })
  await keep(alice, 'bob', 'Disappearing messages', '1 day')
  await bob.tab.locator('.thread .lasts').getByText('1 day').waitFor({ timeout: 30_000 })
  await bob.tab.getByText('Disappearing messages: 1 day').waitFor()
  for (const p of [alice, bob]) await p.message('only for a moment').waitFor({ state: 'detached', timeout: 90_000 })
  await bob.message('for a while').waitFor()
  await keep(alice, 'bob', 'Disappearing messages', 'Off')
  await bob.tab.locator('.thread .lasts').waitFor({ state: 'detached', timeout: 30_000 })
})

test('what the server holds about me, from the server', async () => {
  await alice.tab.getByRole('button', { name: 'Settings' }).click()
  await alice.tab.getByRole('button', { name: 'What it holds about me' }).click()
  const chain = alice.tab.locator('.held details').filter({ hasText: 'account chain' }).first()
  await chain.locator('summary').click()
  await chain.getByText('the account began, with a first device').waitFor()
  assert.ok(await alice.tab.locator('.held details').count() >= 15)
  const all = await alice.tab.locator('.held').textContent()
  assert.ok(!/Alice Example|Garden|peas/.test(all), 'nothing that was said is in it')
})

test('these screens: nothing is cut off on a phone, axe-core finds nothing', async () => {
  const { tab } = alice
  const problems = []
  const look = async (name) => {
    for (const [width, colorScheme] of [[360, 'light'], [1024, 'dark']]) {
      await tab.emulateMedia({ colorScheme })
      await tab.setViewportSize({ width, height: 760 })
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (wide > 0) problems.push(`${name}: ${wide} px too wide`)
      if (folder) await tab.screenshot({ path: path.join(folder, `people-${name}-${width}.png`) })
      if (!(await tab.evaluate(() => 'axe' in window))) await tab.evaluate(axe)
      const found = await tab.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
      for (const v of found.violations) problems.push(`${name} ${width}: ${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`)
    }
  }
  await look('held')
  await tab.locator('.panel').evaluate((p) => p.scrollTo(0, 0))
  await look('profile')
  w.coffer('hugo', 'register', 'hugo', '--server', w.url)
  w.coffer('hugo', 'send', 'alice', 'Is this the Alice from the garden?')
  await alice.row('hugo').waitFor({ timeout: 30_000 })
  await look('list')
  await alice.row('hugo').click()
  await alice.message('Is this the Alice').waitFor()
  await look('request')
  await alice.open('Garden club')
  await alice.composer.fill('@')
  await tab.getByRole('option', { name: 'bob' }).waitFor()
  await look('mention')
  await alice.composer.fill('')
  await tab.locator('.thread .title').click()
  await tab.getByRole('button', { name: 'Make a link' }).click()
  await tab.getByText('0 of 1, until').click()
  await look('group')
  await tab.keyboard.press('Escape')
  await tab.locator('.thread').getByRole('button', { name: 'More', exact: true }).first().click()
  await tab.getByRole('menuitem', { name: 'Mute' }).waitFor()
  await look('keep')
  await tab.keyboard.press('Escape')
  await alice.open('bob')
  await alice.menu('finished', 'Forward')
  await tab.locator('dialog').getByLabel('Garden club').waitFor()
  await look('forward')
  await tab.keyboard.press('Escape')
  assert.deepEqual(problems, [])
})
