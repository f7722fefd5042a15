// Looks at a screen in both themes at two widths: nothing is cut off, axe-core finds
// nothing, and with SCREENS=folder the pictures are kept to be looked at.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const folder = process.env.SCREENS
if (folder) mkdirSync(folder, { recursive: true })

/** at is what is to be seen. The person's page was begun with bypassCSP, so that axe-core can be put into it. */
export async function look(name, { tab }, looks = [['light', 360], ['dark', 1024], ...(folder ? [['dark', 360], ['light', 1024]] : [])], at) {
  const problems = []
  if (!(await tab.evaluate(() => 'axe' in window))) await tab.evaluate(axe)
  for (const [theme, width] of looks) {
    await tab.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await tab.setViewportSize({ width, height: width === 360 ? 740 : 800 })
    await tab.mouse.move(0, 0)
    await at?.scrollIntoViewIfNeeded()
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (wide > 0) problems.push(`${name} ${width} ${theme}: ${wide} px too wide`)
    if (folder) await tab.screenshot({ path: path.join(folder, `${name}-${width}-${theme}.png`) })
    const found = await tab.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
    for (const v of found.violations) problems.push(`${name} ${width} ${theme}: ${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`)
  }
  await tab.setViewportSize({ width: 1100, height: 760 })
  assert.deepEqual(problems, [])
}

/** The same page in another language; it is built anew. */
export async function speak({ tab }, language) {
  await tab.evaluate((l) => localStorage.setItem('language', l), language)
  await tab.reload()
  await tab.locator(`html[lang=${language}] .frame`).waitFor({ timeout: 60_000 })
}
