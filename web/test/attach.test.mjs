// Files that are pasted and dropped, and those that are refused.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { world } from './world.mjs'

let w, alice, bob
before(async () => {
  w = await world()
  alice = await (await w.person('alice')).register()
  bob = await (await w.person('bob')).register()
  await alice.say('bob', 'hello')
  await bob.sees('alice', 'hello')
})
after(async () => { await w.close() })

const listed = () => alice.tab.locator('.composer .files li bdi').allTextContents()
const count = (n) => alice.tab.waitForFunction((k) => document.querySelectorAll('.composer .files li').length === k, n)

/** What a browser does when files, or a text, are dragged, dropped or pasted on an element. */
const fire = (type, selector, { files = [], text, away = true } = {}) => alice.tab.evaluate(({ type, selector, files, text, away }) => {
  const data = new DataTransfer()
  for (const f of files) data.items.add(new File([new Uint8Array(f.bytes)], f.name, { type: f.type }))
  if (text) data.setData('text/plain', text)
  const o = { bubbles: true, cancelable: true }
  const el = selector ? document.querySelector(selector) : document.body
  const e = type === 'paste' ? new ClipboardEvent(type, { ...o, clipboardData: data })
    : new DragEvent(type, { ...o, dataTransfer: data, relatedTarget: away ? null : document.body })
  return !el.dispatchEvent(e) // whether the page has taken it
}, { type, selector, files, text, away })

const picture = () => alice.tab.evaluate(async () => {
  const c = new OffscreenCanvas(300, 200)
  const p = c.getContext('2d')
  p.fillStyle = '#393'
  p.fillRect(0, 0, 300, 200)
  return [...new Uint8Array(await (await c.convertToBlob({ type: 'image/png' })).arrayBuffer())]
})
const file = (name, type, bytes = [1, 2, 3]) => ({ name, type, bytes })

test('a picture from the clipboard is attached; a text stays a text', async () => {
  assert.equal(await fire('paste', '.composer textarea', { text: 'words' }), false)
  assert.equal(await fire('paste', '.composer textarea', { files: [file('shot.png', 'image/png', await picture())], text: 'file:///home/alice/shot.png' }), true)
  await count(1)
  assert.equal(await alice.composer.inputValue(), '')
  await alice.composer.press('Enter')
  await bob.tab.locator('img[alt="shot.png"]').waitFor({ timeout: 30_000 })
})

test('several files are dropped anywhere on the page, seen where they go, and one is taken off again', async () => {
  const files = [file('a.txt', 'text/plain'), file('b.txt', 'text/plain'), file('<b>c.txt', 'text/plain')]
  assert.equal(await fire('dragover', '.sidebar', { files }), true) // else the browser would leave the page for the file
  await alice.tab.getByText('Drop files to attach them').waitFor()
  await fire('dragleave', '.sidebar', { files })
  await alice.tab.getByText('Drop files to attach them').waitFor({ state: 'detached' })
  await fire('dragover', '.entries', { files })
  assert.equal(await fire('drop', '.entries', { files }), true)
  await alice.tab.getByText('Drop files to attach them').waitFor({ state: 'detached' })
  await count(3)
  assert.deepEqual(await listed(), files.map((f) => f.name))
  await alice.tab.getByRole('button', { name: 'Remove b.txt' }).click()
  await count(2)
  await alice.composer.press('Enter') // the focus is in the field
  await bob.tab.locator('.file b', { hasText: '<b>c.txt' }).waitFor({ timeout: 30_000 })
  assert.equal(await bob.tab.locator('.file b', { hasText: /^b.txt$/ }).count(), 0)
})

test('a text that is dragged goes where it falls; behind a dialog nothing is dropped', async () => {
  assert.equal(await fire('dragover', '.composer textarea', { text: 'words' }), false)
  assert.equal(await fire('drop', '.composer textarea', { text: 'words' }), false)
  await alice.tab.getByRole('button', { name: 'Emoji' }).click()
  await alice.tab.locator('dialog').waitFor()
  assert.equal(await fire('drop', null, { files: [file('late.txt', 'text/plain')] }), true) // taken, so that the page stays
  await alice.tab.keyboard.press('Escape')
  await alice.tab.locator('dialog').waitFor({ state: 'detached' })
  assert.deepEqual(await listed(), [])
})

test('a picture that would tell its place is asked about, and nothing is lost', async () => {
  const heic = [...Buffer.from('\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic', 'latin1')]
  await fire('drop', null, { files: [file('beach.heic', 'image/heic', heic)] })
  await count(1)
  await alice.composer.fill('where I was')
  await alice.composer.press('Enter')
  await alice.tab.getByText('beach.heic: it would tell where and when').waitFor({ timeout: 30_000 })
  await alice.tab.getByRole('button', { name: 'Cancel' }).click()
  await count(1)
  assert.equal(await alice.composer.inputValue(), 'where I was')
  assert.equal(await alice.message('where I was').count(), 0)
  await alice.composer.press('Enter')
  await alice.tab.getByRole('button', { name: 'Send as it is' }).click({ timeout: 30_000 })
  await bob.message('where I was').locator('.file b', { hasText: 'beach.heic' }).waitFor({ timeout: 30_000 })
})

test('a file that is too large is refused in a sentence, and nothing is lost', async () => {
  const uploads = /\/blob\//
  await alice.context.route(uploads, (r) => r.fulfill({ status: 413 })) // as the server answers beyond its limit (spec/blobs.md)
  await alice.tab.locator('.composer input[type=file]').setInputFiles({ name: 'film.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(2000) })
  await alice.composer.fill('a long film')
  await alice.composer.press('Enter')
  await alice.tab.locator('.toast.bad', { hasText: 'A file is larger than this server takes.' }).waitFor({ timeout: 30_000 })
  await count(1)
  assert.equal(await alice.composer.inputValue(), 'a long film')
  await alice.context.unroute(uploads)
  await alice.tab.getByRole('button', { name: 'Remove film.bin' }).click()
  await alice.composer.press('Enter')
  await bob.message('a long film').waitFor({ timeout: 30_000 })
})
