// High contrast, and the system's own few colours: every state can still be told
// from the others, and axe-core finds nothing. With SCREENS=folder the pictures
// are kept to be looked at.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { world } from './world.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const folder = process.env.SCREENS
if (folder) mkdirSync(folder, { recursive: true })

let w, alice, tab
before(async () => {
  w = await world()
  for (const name of ['bob', 'carol']) w.coffer(name, 'register', name, '--server', w.url)
  alice = await (await w.person('alice', { bypassCSP: true, reducedMotion: 'reduce' })).register()
  tab = alice.tab
  await alice.say('carol', 'hello carol')
  await alice.say('bob', 'The beans are up: `twine`, **sticks**, https://example.org', 'The beans are up')
  w.coffer('bob', 'send', 'alice', 'I am at the gate.')
  w.coffer('carol', 'send', 'alice', 'unread')
  await alice.message('at the gate').waitFor({ timeout: 30_000 })
  await alice.row('carol').locator('.badge').waitFor({ timeout: 30_000 })
})
after(async () => { await w.close() })

const style = (selector, ...names) => tab.locator(selector).first().evaluate((el, n) => n.map((x) => getComputedStyle(el)[x]), names)

async function look(name) {
  if (folder) await tab.screenshot({ path: path.join(folder, `${name}.png`) })
  if (!(await tab.evaluate(() => 'axe' in window))) await tab.evaluate(axe)
  const found = await tab.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
  return found.violations.map((v) => `${name}: ${v.id}: ${v.nodes.map((n) => n.html.slice(0, 140)).join(' | ')}`)
}

/** How far apart two colours are, as WCAG counts it. */
function ratio(a, b) {
  const light = (s) => {
    const [r, g, bl] = s.match(/[\d.]+/g).map((x) => Number(x) / 255).map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl
  }
  const [x, y] = [light(a), light(b)].sort((m, n) => n - m)
  return (x + 0.05) / (y + 0.05)
}

test('more contrast: soft words at 7 to 1 and rims around everything', async () => {
  const problems = []
  for (const colorScheme of ['light', 'dark']) {
    await tab.emulateMedia({ colorScheme, contrast: 'more' })
    for (const [words, ground] of [['.row time', '.sidebar'], ['.own .meta', '.own .bubble'], ['.words a', '.own .bubble'], ['.nag span', '.nag'], ['.day span', '.day span']]) {
      const [[colour], [behind]] = [await style(words, 'color'), await style(ground, 'backgroundColor')]
      assert.ok(ratio(colour, behind) >= 7, `${words} in ${colorScheme}: ${ratio(colour, behind).toFixed(1)}`)
    }
    for (const s of ['.bubble', '.search', '.composer textarea']) assert.deepEqual(await style(s, 'borderTopStyle', 'borderTopWidth'), ['solid', '1px'])
    problems.push(...await look(`contrast-${colorScheme}`))
  }
  await tab.emulateMedia({ contrast: 'no-preference', colorScheme: 'light' })
  assert.notDeepEqual(await style('.bubble', 'borderTopStyle', 'borderTopWidth'), ['solid', '1px']) // it was the preference that did it
  assert.deepEqual(problems, [])
})

test('the system’s colours: what is chosen, own and unread is told by rims', async () => {
  const problems = []
  for (const colorScheme of ['light', 'dark']) {
    await tab.emulateMedia({ colorScheme, forcedColors: 'active' })
    assert.deepEqual(await style('.row[aria-current]', 'outlineStyle', 'outlineWidth'), ['solid', '3px'])
    assert.deepEqual(await style('.own .bubble', 'borderTopWidth'), ['2px'])
    assert.deepEqual(await style('.message:not(.own) .bubble', 'borderTopWidth'), ['1px'])
    assert.deepEqual(await style('.badge', 'borderTopStyle'), ['solid'])
    problems.push(...await look(`forced-${colorScheme}`))
    await tab.keyboard.press('Control+/')
    await tab.locator('dialog').waitFor()
    problems.push(...await look(`forced-dialog-${colorScheme}`))
    await tab.keyboard.press('Escape')
    await tab.locator('dialog').waitFor({ state: 'detached' })
  }
  assert.deepEqual(problems, [])
})
