// Ways back in, by clicking: key files, passkeys, linking from either side, and
// what a browser that lost its storage comes back with.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { world } from './world.mjs'

let w, bob
before(async () => {
  w = await world()
  bob = await (await w.person('bob')).register()
})
after(async () => { await w.close() })

/** An authenticator that keeps passkeys with the PRF extension, and asks nobody. */
async function authenticator(person, options = {}) {
  const cdp = await person.context.newCDPSession(person.tab)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true, hasPrf: true, isUserVerified: true, automaticPresenceSimulation: true, ...options,
  } })
  return async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials
}

/** The browser throws away all that it stores for the page, while nobody looks at it. */
async function evict(person) {
  const cdp = await person.context.newCDPSession(person.tab)
  await person.tab.goto('about:blank')
  await cdp.send('Storage.clearDataForOrigin', { origin: new URL(w.page).origin, storageTypes: 'all' })
  await person.tab.goto(w.page)
}

const security = async (p) => {
  await p.tab.getByRole('button', { name: 'Secure storage' }).click()
  await p.tab.getByRole('heading', { name: 'Secure storage' }).waitFor()
}

/** Goes to the form that brings an account back. */
async function back(p, handle, way) {
  await p.tab.getByRole('tab', { name: 'I have an account' }).click()
  await p.tab.getByLabel('Your handle').fill(handle)
  await p.tab.getByRole('tab', { name: way, exact: true }).click()
}

/** Ends a restore; all other devices are kept. */
async function finish(p) {
  await p.tab.getByRole('button', { name: 'I have all of them' }).click({ timeout: 60_000 })
  await p.ready()
  await p.tab.getByText(/confirmed by/).first().waitFor({ timeout: 60_000 })
}

const way = (p, name) => p.tab.locator('.people li').filter({ has: p.tab.locator('b', { hasText: new RegExp(`^${name}$`) }) })

test('a passkey, on the authenticator alone, brings everything back', async () => {
  const alice = await (await w.person('alice')).register()
  await alice.say('bob', 'kept behind a passkey')
  const keys = await authenticator(alice)
  await security(alice)
  await alice.tab.getByRole('button', { name: 'Add a passkey' }).click()
  await way(alice, 'Passkey').waitFor({ timeout: 30_000 })
  const made = await keys()
  assert.equal(made.length, 1)
  assert.ok(made[0].isResidentCredential)

  // There it is, so no second one is made over it.
  await alice.tab.getByRole('button', { name: 'Add a passkey' }).click()
  await alice.tab.getByText('A passkey for this account is there already.').waitFor()
  await alice.tab.getByRole('button', { name: 'Test: Passkey' }).click()
  await alice.tab.getByText('It works').waitFor({ timeout: 30_000 })
  await way(alice, 'Passkey').getByText(/tested/).waitFor()

  // Nothing is left in this browser but what the authenticator has.
  await evict(alice)
  await bob.say('alice', 'to nobody here')
  await back(alice, 'alice', 'Passkey')
  await alice.tab.getByRole('button', { name: 'Bring everything back' }).click()
  await finish(alice)
  await alice.sees('bob', 'kept behind a passkey')
  await alice.message('to nobody here').waitFor()

  // The terminal of the same account names it and removes it; then it opens nothing.
  await security(alice)
  await way(alice, 'Passkey').waitFor()
  writeFileSync(path.join(w.folder, 'alice.code'), await alice.code())
  w.coffer('alice-terminal', 'restore', 'alice', '--server', w.url, '--code-file', path.join(w.folder, 'alice.code'))
  const listed = w.coffer('alice-terminal', 'recovery', 'list')
  const id = /passkey\s+(\S+).*made on Chrome/.exec(listed)?.[1]
  assert.ok(id, listed)
  w.coffer('alice-terminal', 'recovery', 'remove', id)
  await evict(alice)
  await back(alice, 'alice', 'Passkey')
  await alice.tab.getByRole('button', { name: 'Bring everything back' }).click()
  await alice.tab.getByText(/no longer a way into it/).waitFor({ timeout: 30_000 })
  await alice.context.close()
})

test('what keeps no key is no passkey of ours, and none at all is said', async () => {
  const carl = await (await w.person('carl')).register()
  await authenticator(carl, { hasPrf: false })
  await security(carl)
  await carl.tab.getByRole('button', { name: 'Add a passkey' }).click()
  await carl.tab.getByText('This passkey keeps no key').waitFor()
  await way(carl, 'Passkey').waitFor({ state: 'detached' })
  const other = await w.person('carl')
  await authenticator(other)
  await back(other, 'carl', 'Passkey')
  await other.tab.getByRole('button', { name: 'Bring everything back' }).click()
  await other.tab.getByText('No passkey answered.').waitFor()
  await other.context.close()
  await carl.context.close()
})

test('a key file is saved, tested and brings everything back, under any name', async () => {
  const dora = await (await w.person('dora')).register()
  await dora.say('bob', 'kept in a file')
  await security(dora)
  await dora.tab.getByRole('button', { name: 'Save a key file' }).click()
  const saving = dora.tab.waitForEvent('download')
  await dora.tab.locator('dialog').getByRole('button', { name: 'Save' }).click()
  const saved = await saving
  assert.match(saved.suggestedFilename(), /^coffer-[a-z2-7]{16}-[a-z2-7]{26}\.half/)
  const file = path.join(w.folder, 'renamed (1).txt')
  await saved.saveAs(file)
  assert.match(readFileSync(file, 'utf8'), /^coffer cloud half 1\n/)
  const wrong = path.join(w.folder, 'wrong.txt')
  writeFileSync(wrong, 'no key')
  await dora.tab.locator('dialog input[name=file]').setInputFiles(wrong)
  await dora.tab.locator('dialog').getByRole('button', { name: 'Test' }).click()
  await dora.tab.locator('dialog').getByText(/damaged/).waitFor()
  await dora.tab.locator('dialog input[name=file]').setInputFiles(file)
  await dora.tab.locator('dialog').getByRole('button', { name: 'Test' }).click()
  await way(dora, 'Key file').getByText(/tested/).waitFor({ timeout: 30_000 })
  await dora.context.close()

  const again = await w.person('dora')
  await back(again, 'dora', 'Key file')
  await again.tab.getByLabel('Key file').setInputFiles(wrong)
  await again.tab.getByRole('button', { name: 'Bring everything back' }).click()
  await again.tab.getByText(/damaged/).waitFor({ timeout: 30_000 })
  await again.tab.getByLabel('Key file').setInputFiles(file)
  await again.tab.getByRole('button', { name: 'Bring everything back' }).click()
  await finish(again)
  await again.sees('bob', 'kept in a file')
  await again.context.close()
})

test('the file that the terminal keeps in a folder opens the page, with the password where it was made with one', async () => {
  const folder = path.join(w.folder, 'drive')
  const password = path.join(w.folder, 'password')
  writeFileSync(password, 'correct horse battery\n')
  mkdirSync(folder)
  w.coffer('emil', 'register', 'emil', '--server', w.url)
  w.coffer('emil', 'send', 'bob', 'from emil')
  w.coffer('emil', 'recovery', 'add', 'cloud', folder, '--password-file', password)
  const emil = await w.person('emil')
  await back(emil, 'emil', 'Key file')
  await emil.tab.getByLabel('Key file').setInputFiles(path.join(folder, readdirSync(folder)[0]))
  await emil.tab.getByRole('button', { name: 'Bring everything back' }).click()
  await emil.tab.getByText('needs your sign-in password, too').waitFor({ timeout: 30_000 })
  await emil.tab.getByLabel('Sign-in password').fill('correct horse battery')
  await emil.tab.getByRole('button', { name: 'Bring everything back' }).click()
  await finish(emil)
  await emil.sees('bob', 'from emil')
  await emil.context.close()
})

/** What a way of linking shows. */
const shown = async (p) => {
  const code = (await p.tab.locator('.code').textContent({ timeout: 60_000 })).trim()
  assert.match(code, /^\d{6}$/)
  return code
}

/** Begins to let a device in. */
async function letIn(p, button) {
  await security(p)
  await p.tab.getByRole('button', { name: 'Link a device' }).click()
  await p.tab.locator('dialog').getByRole('button', { name: button }).click()
}

test('one page lets in another, whichever shows the code; a wrong code does not', async () => {
  const fred = await (await w.person('fred')).register()
  await fred.say('bob', 'before the second browser')

  // The old one shows.
  await letIn(fred, 'Show a code here')
  const code = await shown(fred)
  await fred.tab.locator('dialog .qr').waitFor()
  const second = await w.person('fred')
  await back(second, 'fred', 'Other device')
  await second.tab.getByLabel('Code or link').fill(code === '111111' ? '222222' : '111111')
  await second.tab.getByRole('button', { name: 'Link', exact: true }).click()
  await second.tab.getByText('Tries left: 2').waitFor({ timeout: 30_000 })
  await second.tab.getByLabel('Code or link').fill(code)
  await second.tab.getByRole('button', { name: 'Link', exact: true }).click()
  await fred.tab.getByText(/Chrome, Linux \(browser\) asks to be let in/).waitFor({ timeout: 30_000 })
  await fred.tab.getByRole('button', { name: 'Yes', exact: true }).click()
  await second.ready()
  await second.sees('bob', 'before the second browser')
  await fred.tab.getByText('Linked.').waitFor({ timeout: 30_000 })
  await second.say('bob', 'from the second browser')
  await bob.sees('fred', 'from the second browser')
  await fred.tab.locator('.panel .people li').filter({ hasText: 'Chrome, Linux' }).nth(1).waitFor({ timeout: 30_000 })

  // The new one shows, and the link is pasted. First the person says no. (And before
  // that gives up, which leaves nothing behind that other ways back would wait for.)
  const third = await w.person('fred')
  await back(third, 'fred', 'Other device')
  await third.tab.getByRole('button', { name: 'Show a code here' }).click()
  await third.tab.getByText('Waiting for the other device').waitFor()
  await back(third, 'fred', 'Recovery code')
  await third.tab.getByLabel('Recovery code').fill('not a code')
  await third.tab.getByRole('button', { name: 'Bring everything back' }).click()
  await third.tab.getByText(/40 characters/).waitFor({ timeout: 30_000 })
  await third.tab.getByRole('tab', { name: 'Other device' }).click()
  await third.tab.getByRole('button', { name: 'Show a code here' }).click()
  for (const answer of ['No', 'Yes']) {
    await letIn(second, 'Type the other’s code')
    await shown(third)
    await third.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await third.tab.getByRole('button', { name: 'Copy', exact: true }).click()
    await third.tab.getByText('Copied.').first().waitFor()
    await second.tab.getByLabel('Code or link').fill(await third.tab.evaluate(() => navigator.clipboard.readText()))
    await second.tab.getByRole('button', { name: 'Link', exact: true }).click()
    await second.tab.getByRole('button', { name: answer, exact: true }).click({ timeout: 30_000 })
    if (answer === 'No') {
      await third.tab.getByText('The other device refused').waitFor({ timeout: 30_000 })
      await second.tab.keyboard.press('Escape')
      await third.tab.getByRole('button', { name: 'Show a code here' }).click()
    }
  }
  await third.ready()
  await third.sees('bob', 'from the second browser')
  for (const p of [fred, second, third]) await p.context.close()
})

test('a page and a terminal let in each other', async () => {
  const gina = await (await w.person('gina')).register()
  await gina.say('bob', 'from the page')
  await letIn(gina, 'Show a code here')
  const file = path.join(w.folder, 'gina.code')
  writeFileSync(file, await shown(gina))
  const ended = w.begin('gina-terminal', 'link', 'gina', '--server', w.url, '--code-file', file)
  await gina.tab.getByText(/asks to be let in/).waitFor({ timeout: 60_000 })
  await gina.tab.getByRole('button', { name: 'Yes', exact: true }).click()
  await gina.tab.getByText('Linked.').waitFor({ timeout: 60_000 })
  assert.equal(await ended.over, 0)
  assert.match(w.coffer('gina-terminal', 'history', 'bob'), /from the page/)

  // And the terminal lets in a page.
  const old = w.begin('gina-terminal', 'devices', 'link', '--yes', '--json')
  const { code } = JSON.parse(await old.line(/"type":"linking"/))
  const page = await w.person('gina')
  await back(page, 'gina', 'Other device')
  await page.tab.getByLabel('Code or link').fill(code)
  await page.tab.keyboard.press('Enter')
  await page.ready()
  await page.sees('bob', 'from the page')
  assert.equal(await old.over, 0)
  for (const p of [gina, page]) await p.context.close()
})

test('a browser that lost its storage comes back, and is named lost', async () => {
  const hans = await (await w.person('hans')).register()
  await hans.say('bob', 'before the browser forgot')
  await hans.tab.locator('.intro').waitFor({ state: 'detached' })
  const code = await hans.code()
  await evict(hans)
  await hans.tab.getByRole('button', { name: 'Create account' }).waitFor()
  await back(hans, 'hans', 'Recovery code')
  await hans.tab.getByLabel('Recovery code').fill(code)
  await hans.tab.getByRole('button', { name: 'Bring everything back' }).click()
  const box = hans.tab.getByRole('checkbox', { name: /Chrome, Linux/ })
  await box.waitFor({ timeout: 60_000 })
  assert.equal(await box.isChecked(), false)
  await hans.tab.getByRole('button', { name: 'Remove the others' }).click()
  await hans.sees('bob', 'before the browser forgot')
  await security(hans)
  const devices = hans.tab.locator('.card').filter({ has: hans.tab.getByRole('heading', { name: 'Devices' }) }).locator('.people li')
  await devices.getByText('this device').waitFor()
  await hans.tab.waitForFunction(() => [...document.querySelectorAll('.card')].some((c) => c.querySelector('h3')?.textContent === 'Devices' && c.querySelectorAll('.people li').length === 1), undefined, { timeout: 30_000 })
  await bob.say('hans', 'and after')
  await hans.sees('bob', 'and after')
  await hans.context.close()
})

test('devices are named, and removed with a reason', async () => {
  const ines = await (await w.person('ines')).register()
  await ines.say('bob', 'hello from ines')
  writeFileSync(path.join(w.folder, 'ines.code'), await ines.code())
  w.coffer('ines-lost', 'restore', 'ines', '--server', w.url, '--code-file', path.join(w.folder, 'ines.code'))
  // What the thief adds goes with the device that was the thief's.
  w.coffer('ines-lost', 'recovery', 'add', 'code', '--code-out', path.join(w.folder, 'thief.code'))
  w.coffer('ines-lost', 'sync') // it says that it is in use
  await ines.tab.getByRole('button', { name: 'Settings' }).click()
  await security(ines)
  const device = ines.tab.locator('.people li').filter({ has: ines.tab.getByRole('button', { name: 'Remove', exact: true }) }).filter({ hasText: 'linux' })
  await device.getByText('last seen').waitFor({ timeout: 30_000 })
  await device.getByRole('button', { name: /^Rename/ }).click()
  await ines.tab.locator('dialog').getByLabel('Name').fill('Stolen laptop')
  await ines.tab.locator('dialog').getByRole('button', { name: 'Save' }).click()
  await ines.tab.locator('.people b', { hasText: 'Stolen laptop' }).waitFor({ timeout: 30_000 })
  await device.getByRole('button', { name: 'Remove', exact: true }).click()
  await ines.tab.getByLabel('Somebody else may have used it').check()
  await ines.tab.locator('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await ines.tab.getByText('Stolen laptop: removed from 1 of 1 conversations').waitFor({ timeout: 60_000 })
  await ines.tab.locator('.people b', { hasText: 'Stolen laptop' }).waitFor({ state: 'detached' })
  assert.equal(await way(ines, 'Recovery code').count(), 1, 'the thief’s code went, the own one stayed')
  await ines.context.close()
})

/** Sets the engine's clock ahead; the page looks again as when it was not seen for a while. */
async function ahead(person, days) {
  await person.tab.workers()[0].evaluate((ms) => {
    const R = globalThis.realDate ??= Date
    globalThis.Date = class extends R {
      constructor(...a) { super(...(a.length ? a : [R.now() + ms])) }
      static now() { return R.now() + ms }
    }
  }, days * 86_400_000)
  await person.tab.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
}

test('a PIN is asked for again after a day, then after longer times', async () => {
  const jo = await (await w.person('jo')).register()
  await jo.code()
  await jo.pin('teapot-81', 'correct horse')
  const nag = jo.tab.getByRole('button', { name: /Do you still know your PIN/ })
  const settled = () => way(jo, 'PIN').waitFor({ timeout: 30_000 }) // the ways back are known, and with them whether it is time
  await settled()
  assert.equal(await nag.count(), 0)
  await ahead(jo, 1.1)
  await nag.click()
  const dialog = jo.tab.locator('dialog')
  await dialog.getByLabel('PIN', { exact: true }).fill('teapot-82')
  await dialog.getByRole('button', { name: 'Test' }).click()
  await dialog.getByText('9 guesses left').waitFor({ timeout: 60_000 })
  await dialog.getByLabel('PIN', { exact: true }).fill('teapot-81')
  await dialog.getByRole('button', { name: 'Test' }).click()
  await nag.waitFor({ state: 'detached', timeout: 60_000 })
  await ahead(jo, 3)
  await jo.tab.getByRole('button', { name: 'Check now' }).click()
  await jo.tab.locator('.health').waitFor({ timeout: 60_000 })
  assert.equal(await nag.count(), 0)
  await ahead(jo, 4.3)
  await nag.waitFor({ timeout: 30_000 })
  await jo.context.close()
})

test('a store that does not open any more is begun anew, when the person says so', async () => {
  const kim = await w.person('kim')
  await kim.context.addInitScript(() => { StorageManager.prototype.persist = async () => { globalThis.askedToKeep = true; return true } })
  await kim.tab.reload()
  await kim.register()
  await kim.tab.waitForFunction(() => globalThis.askedToKeep)
  const code = await kim.code()
  await kim.tab.locator('.health').waitFor({ timeout: 60_000 })
  assert.equal(await kim.tab.getByText('This browser may throw away').count(), 0)
  await kim.tab.evaluate(() => new Promise((done) => {
    const r = indexedDB.deleteDatabase('coffer wrapping')
    r.onsuccess = done
  }))
  await kim.tab.reload()
  await kim.tab.getByRole('heading', { name: 'This device cannot be opened' }).waitFor({ timeout: 30_000 })
  await kim.tab.getByRole('button', { name: 'Start over' }).click()
  await kim.tab.locator('dialog').getByRole('button', { name: 'Start over' }).click()
  await kim.tab.getByRole('button', { name: 'Create account' }).waitFor({ timeout: 30_000 })
  await kim.restore('kim', { code })
  await kim.context.close()
})

test('a safety number is compared by the camera, where the browser reads QR codes', async () => {
  const lea = await w.person('lea')
  await lea.context.addInitScript(() => {
    globalThis.BarcodeDetector = class { async detect() { return globalThis.seenByCamera ? [{ rawValue: globalThis.seenByCamera }] : [] } }
  })
  await lea.tab.reload()
  await lea.register()
  await lea.say('bob', 'is it you?')
  await bob.sees('lea', 'is it you?')
  await bob.tab.locator('.thread .title').click()
  const other = await bob.tab.locator('.number').filter({ hasText: /\d{5}/ }).textContent({ timeout: 30_000 })
  await bob.tab.keyboard.press('Escape')
  await lea.tab.locator('.thread .title').click()
  await lea.tab.getByRole('button', { name: 'Scan a QR code' }).click()
  await lea.tab.locator('video').waitFor()
  await lea.tab.evaluate((n) => { globalThis.seenByCamera = n }, other)
  await lea.tab.getByText('The same. Nobody stands between you.').waitFor({ timeout: 30_000 })
  assert.equal(await lea.tab.locator('video').count(), 0)
  await lea.context.close()
})
