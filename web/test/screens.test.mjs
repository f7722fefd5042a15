// The main screens at three widths, light and dark: nothing is cut off, axe-core
// finds nothing, and with SCREENS=folder the pictures are kept to be looked at.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { world } from './world.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const widths = [360, 1024, 1600]
const folder = process.env.SCREENS
if (folder) mkdirSync(folder, { recursive: true })

let w, alice, bob // no emoji but the heart: pictures are taken on machines without a font for them
before(async () => {
  w = await world()
  bob = await (await w.person('bob')).register()
  w.coffer('carol', 'register', 'carol', '--server', w.url)
  alice = await (await w.person('alice', { bypassCSP: true })).register()
  await bob.say('alice', 'Hi Alice, the beans are up.')
  await alice.sees('bob', 'the beans are up')
  await alice.say('bob', 'Already? I planted mine on the same day and see nothing.')
  await bob.say('alice', 'Mine had a week of sun. Look at **this**: https://example.org/beans', 'Mine had a week of sun')
  await bob.say('alice', 'They want a stick each, come and see.')
  await alice.say('bob', 'Tomorrow at eight, then. I bring `twine` and the *good* coffee.', 'Tomorrow at eight')
  await alice.message('the beans are up').hover()
  await alice.message('the beans are up').getByRole('button', { name: 'React' }).click()
  await alice.tab.getByRole('button', { name: '❤️' }).click()
  w.coffer('carol', 'send', 'alice', 'Are you in the garden on Sunday?')
  await alice.row('carol').waitFor()
  await alice.tab.getByRole('button', { name: 'New conversation' }).click()
  await alice.tab.getByRole('tab', { name: 'Group' }).click()
  await alice.tab.getByLabel('Group name').fill('Garden')
  await alice.tab.getByLabel('Handles').fill('bob carol')
  await alice.tab.getByRole('button', { name: 'Start' }).click()
  await alice.tab.getByRole('heading', { name: 'Garden' }).waitFor()
  await alice.say('Garden', 'Who waters on Friday?')
  await alice.open('bob')
})
after(async () => { await w.close() })

/** Looks at one screen in every width and both themes. */
async function screen(name, person, { axeOnly = false } = {}) {
  const { tab } = person
  const problems = []
  for (const theme of ['light', 'dark']) {
    await tab.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    for (const width of axeOnly ? [1024] : widths) {
      await tab.setViewportSize({ width, height: width === 360 ? 740 : 800 })
      await tab.mouse.move(0, 0)
      await tab.waitForTimeout(60)
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (wide > 0) problems.push(`${name} ${width} ${theme}: ${wide} px too wide`)
      if (folder) await tab.screenshot({ path: path.join(folder, `${name}-${width}-${theme}.png`) })
      if (width === 1600) continue
      if (!(await tab.evaluate(() => 'axe' in window))) await tab.evaluate(axe)
      const found = await tab.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
      for (const v of found.violations) problems.push(`${name} ${width} ${theme}: ${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`)
    }
  }
  await tab.setViewportSize({ width: 1100, height: 760 })
  assert.deepEqual(problems, [])
}

test('first screen', async () => {
  const dave = await w.person('dave', { bypassCSP: true })
  await dave.tab.getByRole('button', { name: 'Create account' }).waitFor()
  await screen('welcome', dave)
  await dave.tab.getByRole('tab', { name: 'I have an account' }).click()
  await screen('restore', dave)
  await dave.tab.getByRole('tab', { name: 'PIN' }).click()
  await screen('restore-pin', dave, { axeOnly: true })
  await dave.tab.getByRole('tab', { name: 'Key file' }).click()
  await screen('restore-file', dave, { axeOnly: true })
  await dave.tab.getByRole('tab', { name: 'Other device' }).click()
  await screen('restore-device', dave)
  await dave.context.close()
})

test('conversations', async () => {
  await screen('chat', alice)
  await alice.open('Garden')
  await screen('group', alice)
  await alice.tab.getByRole('button', { name: 'Search in this conversation' }).click()
  await alice.tab.getByRole('searchbox', { name: 'Search in this conversation' }).fill('waters')
  await alice.tab.locator('.find .row').waitFor()
  await screen('find', alice)
  await alice.tab.keyboard.press('Escape')
})

test('dialogs', async () => {
  await alice.open('bob')
  await alice.tab.locator('.thread .title').click()
  await alice.tab.locator('.qr').waitFor()
  await screen('people', alice)
  await alice.tab.keyboard.press('Escape')
  await alice.tab.getByRole('button', { name: 'Emoji' }).click()
  await screen('emoji', alice)
  await alice.tab.keyboard.press('Escape')
  await alice.tab.getByRole('button', { name: 'New conversation' }).click()
  await screen('new', alice)
  await alice.tab.keyboard.press('Escape')
})

test('secure storage and settings', async () => {
  await alice.tab.getByRole('button', { name: 'Secure storage' }).click()
  await alice.tab.locator('.health').waitFor({ timeout: 60_000 })
  await screen('security', alice)
  await alice.tab.getByRole('button', { name: 'Guard by a PIN' }).click()
  await alice.tab.getByLabel('PIN', { exact: true }).fill('482915')
  await screen('pin', alice)
  await alice.tab.keyboard.press('Escape')
  await alice.tab.getByRole('button', { name: 'Make a recovery code' }).click()
  await alice.tab.locator('.code').waitFor()
  await screen('code', alice)
  await alice.tab.getByRole('button', { name: 'I have kept it' }).click()
  await alice.pin('runner beans, two rows', 'correct horse')
  await alice.tab.getByRole('button', { name: 'Check now' }).click()
  await alice.tab.locator('.health.ok, .health.degraded').waitFor({ timeout: 60_000 })
  await screen('security-done', alice)
  await alice.tab.getByRole('button', { name: 'Settings' }).click()
  await screen('settings', alice)
})

test('ways back and devices', async () => {
  const erin = await (await w.person('erin', { bypassCSP: true })).register()
  await erin.tab.getByRole('heading', { name: 'Let your messages outlive this browser' }).waitFor()
  await screen('intro', erin, { axeOnly: true })
  await erin.context.close()

  await alice.tab.getByRole('button', { name: 'Secure storage' }).click()
  await alice.tab.getByRole('button', { name: 'Save a key file' }).click()
  await screen('file', alice, { axeOnly: true })
  await alice.tab.keyboard.press('Escape')
  await alice.tab.getByRole('button', { name: 'Link a device' }).click()
  await screen('link', alice, { axeOnly: true })
  await alice.tab.getByRole('button', { name: 'Show a code here' }).click()
  await alice.tab.locator('.code').waitFor()
  await screen('link-code', alice)
  await alice.tab.keyboard.press('Escape')
  writeFileSync(path.join(w.folder, 'alice.code'), await alice.code())
  w.coffer('alice-laptop', 'restore', 'alice', '--server', w.url, '--code-file', path.join(w.folder, 'alice.code'))
  await alice.tab.getByRole('button', { name: 'Settings' }).click()
  await alice.tab.getByRole('button', { name: 'Secure storage' }).click()
  await alice.tab.locator('.people').getByRole('button', { name: 'Remove', exact: true }).click()
  await alice.tab.getByLabel('Somebody else may have used it').waitFor()
  await screen('revoke', alice)
  await alice.tab.keyboard.press('Escape')
  await alice.tab.getByRole('button', { name: 'Settings' }).click()
})

test('everything lost, and the alarm', async () => {
  const lost = await w.person('alice', { bypassCSP: true })
  await lost.tab.getByRole('tab', { name: 'I have an account' }).click()
  await lost.tab.getByRole('button', { name: 'I have lost everything' }).click()
  await lost.tab.getByLabel('Your handle').fill('alice')
  await lost.tab.getByRole('textbox', { name: 'Sign-in password' }).fill('correct horse')
  await screen('lost', lost)
  await lost.tab.getByRole('button', { name: 'Ask for my handle' }).click()
  await lost.tab.getByRole('heading', { name: 'You have asked for alice' }).waitFor({ timeout: 30_000 })
  await screen('waiting', lost, { axeOnly: true })
  await lost.context.close()
  await alice.tab.reload()
  await alice.tab.getByRole('button', { name: 'Stop it' }).waitFor({ timeout: 30_000 })
  await alice.open('bob')
  await screen('alarm', alice)
  await alice.tab.getByRole('button', { name: 'Settings' }).click()
})

test('from right to left', async () => {
  await alice.tab.getByLabel('Language').selectOption('ar')
  await alice.ready()
  await alice.tab.locator('.bar.told').filter({ hasText: 'رمز الاسترداد' }).waitFor() // the way back by its kind, not by its English name
  assert.equal(await alice.tab.evaluate(() => document.documentElement.dir), 'rtl')
  await alice.row('bob').click()
  await alice.message('the beans are up').waitFor()
  // A name in Latin letters begins where the page does, and what points back points back.
  assert.deepEqual(await alice.tab.evaluate(() => [getComputedStyle(document.querySelector('.thread .title h2')).textAlign, getComputedStyle(document.querySelector('.thread [data-icon=back]')).scale]), ['right', '-1 1'])
  await screen('arabic', alice)
})
