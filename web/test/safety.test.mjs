// What the page must not let happen: foreign code, foreign requests, markup made
// of what others write, readable bytes at rest.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { launchPersistent } from './browser.mjs'
import { Person, world } from './world.mjs'

let w, alice, bob
before(async () => {
  w = await world()
  alice = await (await w.person('alice')).register()
  bob = await (await w.person('bob')).register()
  await alice.say('bob', 'to begin with')
})
after(async () => { await w.close() })

test('injected scripts, markup and third-party requests are refused', async () => {
  const { tab } = alice
  w.expect(/Content Security Policy|TrustedHTML|TrustedScript|violates the following/)
  const refused = await tab.evaluate(async () => {
    const violated = []
    document.addEventListener('securitypolicyviolation', (e) => violated.push(e.effectiveDirective))
    globalThis.ran = []
    const tries = {
      innerHTML: () => { document.createElement('div').innerHTML = '<img src=x onerror="ran.push(1)">' },
      handler: () => { document.body.setAttribute('onclick', 'ran.push(4)') },
      worker: () => { new Worker('/sw.js') },
      policy: () => { globalThis.trustedTypes.createPolicy('another', {}) },
      twice: () => { globalThis.trustedTypes.createPolicy('coffer', {}) },
    }
    const threw = []
    for (const [name, f] of Object.entries(tries)) {
      try { f() } catch { threw.push(name) }
    }
    // Not at once: what the test itself evaluates is let through by the browser.
    await new Promise((r) => setTimeout(() => {
      try { (0, eval)('ran.push(2)') } catch { threw.push('eval') }
      try { new Function('ran.push(3)')() } catch { threw.push('function') }
      r()
    }, 100))
    const frame = document.createElement('iframe')
    frame.src = 'https://example.org/'
    document.body.append(frame)
    const picture = new Image()
    picture.src = 'https://example.org/pixel.png'
    let fetched = false
    try { await fetch('https://example.org/', { mode: 'no-cors' }); fetched = true } catch { /* as it must be */ }
    const style = document.createElement('style')
    style.textContent = 'body { background: url(https://example.org/x.png) }'
    document.head.append(style)
    // Told in their own time.
    const expected = ['frame-src', 'img-src', 'connect-src', 'style-src-elem']
    for (let i = 0; i < 300 && !expected.every((d) => violated.includes(d)); i++) await new Promise((r) => setTimeout(r, 100))
    frame.remove()
    style.remove()
    return { threw, ran: globalThis.ran, fetched, violated }
  })
  assert.deepEqual(refused.ran, [])
  assert.equal(refused.fetched, false)
  for (const name of ['innerHTML', 'handler', 'eval', 'function', 'worker', 'policy', 'twice']) assert.ok(refused.threw.includes(name), `${name} was let through`)
  for (const d of ['frame-src', 'img-src', 'connect-src', 'style-src-elem']) assert.ok(refused.violated.includes(d), `${d}: ${refused.violated}`)
  w.expect(null)
})

test('hostile names and texts are text', async () => {
  const texts = {
    markup: '<img src=x onerror=alert(1)><script>alert(2)</script>',
    link: '[click](javascript:alert(1)) javascript:alert(2) data:text/html,<script>alert(3)</script>',
    direction: 'photo\u202Egnp.exe \u2066isolated',
    control: 'bell\u0007 null-ish\u0001 escape\u001b[31m',
    entity: '&lt;b&gt; &#x202e; %3Cscript%3E',
    template: '${alert(1)} {{alert(2)}} {handle}',
    long: 'w'.repeat(20_000),
    combining: 'Z' + '\u0351\u0352\u0353'.repeat(500),
  }
  for (const [name, text] of Object.entries(texts)) await bob.say('alice', `${name} ${text}`, name)
  await alice.open('bob')
  for (const name of Object.keys(texts)) await alice.message(new RegExp(`^${name}`)).waitFor()
  const seen = await alice.tab.evaluate(() => ({
    inside: [...document.querySelectorAll('.message :is(script, img, iframe, object, form, input)')].length,
    links: [...document.querySelectorAll('.message a[href]')].map((a) => a.protocol),
    wide: document.documentElement.scrollWidth - innerWidth,
    thread: document.querySelector('.entries').scrollWidth - document.querySelector('.entries').clientWidth,
    // What is inside a message cannot turn the text around it.
    isolated: [...document.querySelectorAll('.words')].every((p) => ['isolate', 'plaintext', 'isolate-override'].includes(getComputedStyle(p).unicodeBidi)),
    tallest: Math.max(...[...document.querySelectorAll('.bubble')].filter((b) => b.textContent.startsWith('combining')).map((b) => b.getBoundingClientRect().height)),
  }))
  assert.deepEqual({ ...seen, tallest: 0 }, { inside: 0, links: [], wide: 0, thread: 0, isolated: true, tallest: 0 })
  assert.ok(seen.tallest < 200, 'combining marks make a message tall')

  // A group's name, and a file's.
  const name = '<b onclick=alert(1)>\u202Eeman "\'`'
  await bob.tab.getByRole('button', { name: 'New conversation' }).click()
  await bob.tab.getByRole('tab', { name: 'Group' }).click()
  await bob.tab.getByLabel('Group name').fill(name)
  await bob.tab.getByLabel('Handles').fill('alice')
  await bob.tab.getByRole('button', { name: 'Start' }).click()
  await bob.tab.locator('.thread h2', { hasText: 'onclick' }).waitFor()
  await bob.tab.locator('input[type=file]').setInputFiles({ name: '<svg onload=alert(1)>.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>') })
  await bob.composer.fill('a picture that is a program')
  await bob.tab.keyboard.press('Enter')
  const row = alice.tab.locator('.list .row').filter({ hasText: 'onclick' })
  await row.click()
  const message = alice.message('a picture that is a program')
  await message.waitFor()
  assert.equal(await message.locator('img').count(), 0, 'a picture that can run code is not shown')
  assert.equal(await alice.tab.locator('.sidebar b b, .thread h2 b').count(), 0)
})

test('nothing at rest is readable, and evicted storage is restored', async (t) => {
  const secret = 'Zyzzogeton at rest', password = 'correct horse battery'
  const profile = path.join(w.folder, 'profile')
  let ctx = await launchPersistent(profile)
  t.after(() => ctx.close())
  let carol = new Person(w, 'quuxcarol', ctx, await w.tab(ctx, 'quuxcarol'))
  await carol.register()
  await carol.say('bob', secret)
  await bob.sees('quuxcarol', secret)
  await bob.say('quuxcarol', 'Quackfurther answered')
  await carol.message('Quackfurther answered').waitFor()
  const code = await carol.code()
  await carol.pin('zebra-71-lamp', password)
  const account = await carol.tab.evaluate(async () => (await indexedDB.databases()).map((d) => d.name).sort().join())
  assert.match(account, /^coffer,/)
  await ctx.close()

  const dump = read(profile)
  assert.ok(dump.length > 100_000, 'the profile has the databases')
  for (const [what, text] of Object.entries({ message: secret, answer: 'Quackfurther', code, 'part of the code': code.slice(0, 11), PIN: 'zebra-71', password })) {
    for (const form of [Buffer.from(text), Buffer.from(text, 'utf16le')]) assert.equal(dump.indexOf(form), -1, `the ${what} lies in the profile as it is`)
  }

  const databases = read(path.join(profile, 'Default/IndexedDB'))
  assert.ok(databases.length > 50_000)
  for (const form of [Buffer.from('quuxcarol'), Buffer.from('quuxcarol', 'utf16le')]) assert.equal(databases.indexOf(form), -1, 'the handle lies in the databases as it is')

  // The wrapping key cannot be taken out.
  ctx = await launchPersistent(profile)
  carol = new Person(w, 'quuxcarol', ctx, await w.tab(ctx, 'quuxcarol'))
  await carol.ready()
  const key = await carol.tab.evaluate(() => new Promise((done) => {
    const open = indexedDB.open('coffer wrapping')
    open.onsuccess = () => {
      const get = open.result.transaction('keys').objectStore('keys').get('key')
      get.onsuccess = () => crypto.subtle.exportKey('raw', get.result).then(() => done('exported'), () => done(`refused, ${get.result.extractable}`))
    }
  }))
  assert.equal(key, 'refused, false')

  // The browser throws its storage away: the page asks for a way back.
  const session = await ctx.newCDPSession(carol.tab)
  await session.send('Storage.clearDataForOrigin', { origin: new URL(w.page).origin, storageTypes: 'all' })
  await carol.tab.reload().catch(() => undefined) // the page, told of it, may have begun that by itself
  await carol.restore('quuxcarol', { code })
  await carol.sees('bob', secret)
  await carol.message('Quackfurther answered').waitFor()
})

test('verify-web finds the release, byte for byte', async () => {
  const list = fileURLToPath(new URL('../dist/release.json', import.meta.url))
  const o = JSON.parse(w.coffer('nobody', 'verify-web', w.url, '--release', list, '--json'))
  assert.deepEqual([o.type, o.same, o.trusted, o.policy, o.differs], ['web', true, true, true, []])
  assert.ok(o.files >= 8, `${o.files} files`)
})

/** All bytes under a folder. */
function read(folder) {
  const parts = []
  for (const e of readdirSync(folder, { recursive: true, withFileTypes: true })) if (e.isFile()) parts.push(readFileSync(path.join(e.parentPath, e.name)))
  return Buffer.concat(parts)
}
