// Screens on which a person decides about others' accounts and groups, looked at in two
// languages: a contact's new account, the account before a reset, newcomers' history.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { look, speak } from './look.mjs'
import { program, world } from './world.mjs'

let w, bob
before(async () => {
  w = await world()
  bob = await (await w.person('bob', { bypassCSP: true, reducedMotion: 'reduce' })).register()
  w.coffer('carol', 'register', 'carol', '--server', w.url)
})
after(async () => { await w.close() })

const all = [['light', 360], ['dark', 1024], ['dark', 360], ['light', 1024]]

test('whether newcomers to a group are given its history', async () => {
  await bob.tab.getByRole('button', { name: 'New conversation' }).click()
  await bob.tab.getByRole('tab', { name: 'Group' }).click()
  await bob.tab.getByLabel('Group name').fill('Garden')
  await bob.tab.getByLabel('Handles').fill('carol')
  await bob.tab.getByRole('button', { name: 'Start' }).click()
  await bob.tab.getByRole('heading', { name: 'Garden' }).waitFor()
  await bob.tab.locator('.thread .title').click()
  const give = bob.tab.getByLabel('Give newcomers the history')
  await give.check()
  await bob.tab.locator('.thread').getByText('newcomers are given the history from now on').waitFor({ timeout: 30_000 })
  await give.scrollIntoViewIfNeeded()
  await look('newcomers', bob, all)
  await bob.tab.keyboard.press('Escape')
})

test('the account before a reset, where it is brought back', async () => {
  const p = await w.person('carol', { bypassCSP: true, reducedMotion: 'reduce' })
  await p.tab.goto(w.page + '/?before')
  await p.tab.getByRole('heading', { name: 'The account before' }).waitFor()
  await look('before', p, all)
  await p.tab.evaluate(() => localStorage.setItem('language', 'ar'))
  await p.tab.reload()
  await p.tab.locator('html[lang=ar] .welcome').waitFor({ timeout: 60_000 })
  await look('before-ar', p, all)
  await p.context.close()
})

test('a contact’s new account: what the person is asked', async () => {
  await bob.say('carol', 'hello carol')
  const [code] = execFileSync(program('cofferd'), ['reset', 'carol', '--data', path.join(w.folder, 'data'), '--at-once'], { encoding: 'utf8' }).split('\n')
  const phone = await w.person('carol')
  await phone.tab.getByRole('tab', { name: 'I have an account' }).click()
  await phone.tab.getByRole('button', { name: 'I have lost everything' }).click()
  await phone.tab.getByLabel('Your handle').fill('carol')
  await phone.tab.getByRole('tab', { name: 'Operator’s code' }).click()
  await phone.tab.getByRole('textbox', { name: 'Operator’s code' }).fill(code)
  await phone.tab.getByRole('button', { name: 'Ask for my handle' }).click()
  await phone.tab.getByRole('heading', { name: 'Welcome back, carol' }).waitFor({ timeout: 60_000 })
  await bob.tab.locator('.told').waitFor({ timeout: 60_000 })
  for (const language of ['en', 'ar']) {
    await speak(bob, language)
    await bob.tab.locator('.told button').first().click()
    await bob.tab.locator('dialog .number').nth(1).waitFor({ timeout: 30_000 })
    await look(`decide-${language}`, bob, all)
    assert.equal(await bob.tab.locator('dialog .number').first().evaluate((n) => getComputedStyle(n).direction), 'ltr') // compared in one order everywhere
    await bob.tab.keyboard.press('Escape')
    await bob.tab.locator('dialog').waitFor({ state: 'detached' })
  }
  await phone.context.close()
})
