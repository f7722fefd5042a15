// What is drawn of a text, and what stays a text whatever its writer wants.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { world } from './world.mjs'

let w, alice
before(async () => {
  w = await world()
  w.coffer('bob', 'register', 'bob', '--server', w.url)
  alice = await (await w.person('alice')).register()
  await alice.say('bob', 'hello')
})
after(async () => { await w.close() })

/** Sends a text and returns what is drawn of it. */
async function drawn(text) {
  const before = await alice.tab.locator('.words').count()
  await alice.composer.fill(text)
  await alice.composer.press('Enter')
  const words = alice.tab.locator('.words').nth(before)
  await words.waitFor()
  return words.evaluate((p) => p.innerHTML)
}

/** A link as it is drawn: it tells nobody where it was followed from. */
const link = (url) => `<a href="${url}" target="_blank" rel="noopener noreferrer">${url}</a>`

test('emphasis, code and links are drawn', async () => {
  assert.equal(await drawn([
    'an *emphasis*, a **strong word**, `*code*`',
    'see https://example.org/a_b*c?d=1&e=(2). And http://example.org!',
    '2 * 3 * 4, **, * *, ``',
    'https://example.org/*a* *b*',
  ].join('\n')), [
    'an <em>emphasis</em>, a <strong>strong word</strong>, <code>*code*</code>',
    `see ${link('https://example.org/a_b*c?d=1&amp;e=(2')}). And ${link('http://example.org')}!`,
    '2 * 3 * 4, **, * *, ``',
    `${link('https://example.org/*a*')} <em>b</em>`,
  ].join('\n'))
  assert.equal(await drawn('before\n```\n*not this*\n  https://example.org\n```\nafter'),
    'before<pre dir="ltr" tabindex="0">*not this*\n  https://example.org</pre>after')
})

test('no other address becomes a link, and no markup is markup', async () => {
  const hostile = [
    'javascript:alert(1)', 'JAVASCRIPT:alert(1)', 'data:text/html,<script>alert(1)</script>', 'file:///etc/passwd', 'ftp://example.org/a', '//example.org/a',
    '[a text](javascript:alert(1))', '![](javascript:alert(1))', '<a href="javascript:alert(1)">a</a>', '<img src=x onerror=alert(1)>',
    '<svg onload=alert(1)>', '</p><script>alert(1)</script>', '<style>*{display:none}</style>', '&lt;b&gt; &amp; &#106;', '{{constructor}} ${1}', 'https://', 'https:// a',
  ]
  const before = await alice.tab.locator('.words').count()
  await drawn(hostile.join('\n'))
  const words = alice.tab.locator('.words').nth(before)
  assert.deepEqual(await words.evaluate((p) => [p.children.length, p.textContent]), [0, hostile.join('\n')])
})

test('an address ends where its text could become something else', async () => {
  assert.equal(await drawn('https://example.org/"onmouseover="alert(1) <https://example.org/b>'),
    `${link('https://example.org/')}"onmouseover="alert(1) &lt;${link('https://example.org/b')}&gt;`)
  // What a link shows is where it goes: no text stands for another address.
  assert.equal(await drawn('[https://good.example](https://evil.example/)'), `[${link('https://good.example](https://evil.example/')})`)
})

test('a picture’s address is a link: nothing is loaded from anywhere', async () => {
  // world.mjs fails on a request to any other host
  assert.equal(await drawn('![cat](https://example.org/cat.png)'), `![cat](${link('https://example.org/cat.png')})`)
  assert.equal(await alice.tab.locator('.words img, .words iframe, .words video, .words object').count(), 0)
})

test('a long and twisted text is drawn in no time', async () => {
  for (const text of ['*'.repeat(4000), '`'.repeat(4000), '**a'.repeat(1300), '@'.repeat(4000), `https://${'.'.repeat(4000)}`, '```'.repeat(1300) + 'x']) {
    const before = await alice.tab.locator('.words').count()
    await drawn(text)
    const took = await alice.tab.locator('.words').nth(before).evaluate((p) => p.textContent.length)
    assert.ok(took > 0)
  }
})

test('direction is the text’s own', async () => {
  await drawn('مرحبا')
  assert.equal(await alice.tab.locator('.words').last().evaluate((p) => getComputedStyle(p).direction), 'rtl')
  await drawn('hello')
  assert.equal(await alice.tab.locator('.words').last().evaluate((p) => getComputedStyle(p).direction), 'ltr')
})
