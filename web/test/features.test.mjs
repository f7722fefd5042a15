// What the demo's story does not touch.
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

test('a voice message is recorded, sent and heard', async () => {
  await alice.tab.getByRole('button', { name: 'Record a voice message' }).click()
  await alice.tab.getByText(/^0:(0[1-9]|[1-5]\d)$/).waitFor()
  await alice.tab.getByRole('button', { name: 'Keep the recording' }).click()
  await alice.tab.locator('.composer .files').getByText('Voice message.webm').waitFor()
  await alice.tab.getByRole('button', { name: 'Send' }).click()
  const sound = bob.tab.locator('audio')
  await sound.waitFor({ timeout: 30_000 })
  assert.ok(await sound.evaluate((a) => new Promise((done) => {
    if (a.readyState > 0) done(true)
    a.onloadedmetadata = () => done(true)
    a.onerror = () => done(false)
  })))
})

test('a recording that is discarded is gone', async () => {
  await alice.tab.getByRole('button', { name: 'Record a voice message' }).click()
  await alice.tab.getByRole('button', { name: 'Discard' }).click()
  await alice.tab.getByRole('button', { name: 'Record a voice message' }).waitFor()
  assert.equal(await alice.tab.locator('.composer .files').count(), 0)
})

test('an emoji goes where the cursor is', async () => {
  await alice.composer.fill('beforeafter')
  await alice.composer.evaluate((a) => a.setSelectionRange(6, 6))
  await alice.tab.getByRole('button', { name: 'Emoji' }).click()
  await alice.tab.getByRole('button', { name: '🌻' }).click()
  await alice.tab.keyboard.press('Enter')
  await bob.message('before🌻after').waitFor()
})

test('a picture travels with a small one of the browser’s making', async () => {
  const [worker] = alice.tab.workers()
  await worker.evaluate(() => {
    const draw = globalThis.cofferPreview
    globalThis.drawn = []
    globalThis.cofferPreview = async (...a) => {
      const small = await draw(...a)
      globalThis.drawn.push([small?.length ?? 0, a[2], small?.[0], small?.[1]])
      return small
    }
  })
  const picture = await alice.tab.evaluate(async () => {
    const c = new OffscreenCanvas(1200, 900)
    const p = c.getContext('2d')
    for (let i = 0; i < 400; i++) {
      p.fillStyle = `hsl(${i * 37} 80% 50%)`
      p.fillRect((i * 97) % 1200, (i * 61) % 900, 90, 70)
    }
    return [...new Uint8Array(await (await c.convertToBlob({ type: 'image/png' })).arrayBuffer())]
  })
  await alice.tab.locator('input[type=file]').setInputFiles([
    { name: 'beans.png', mimeType: 'image/png', buffer: Buffer.from(picture) },
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') },
  ])
  await alice.composer.fill('two files')
  await alice.tab.keyboard.press('Enter')
  await bob.message('two files').locator('img[alt="beans.png"]').waitFor({ timeout: 30_000 })
  const drawn = await worker.evaluate(() => globalThis.drawn)
  assert.equal(drawn.length, 1) // what is no picture is not drawn
  const [size, limit, ...head] = drawn[0]
  assert.ok(size > 500 && size <= limit, `${size} of ${limit} bytes`)
  assert.deepEqual(head, [0xff, 0xd8]) // a JPEG
})

test('safety numbers: the same on both sides, compared by typing', async () => {
  const numbers = []
  for (const p of [alice, bob]) {
    await p.tab.locator('.thread .title').click()
    await p.tab.locator('.qr').waitFor()
    numbers.push(await p.tab.locator('.number').textContent())
    if (p === alice) await p.tab.keyboard.press('Escape')
  }
  assert.equal(numbers[0], numbers[1])
  assert.match(numbers[0], /^(\d{5} ){11}\d{5}$/)
  const field = bob.tab.getByLabel('What alice sees')
  await field.fill(numbers[0].slice(0, 17))
  await bob.tab.getByText('The first 15 digits are the same.').waitFor()
  await field.fill(numbers[0].replace(/\s/g, ''))
  await bob.tab.getByText('The same. Nobody').waitFor()
  await field.fill(numbers[0].replace(/\d$/, (d) => String((Number(d) + 1) % 10)))
  await bob.tab.getByText('This is another number.').waitFor()
  await bob.tab.keyboard.press('Escape')
})

test('history numbers: the same on both sides, compared by pasting; another one is told', async () => {
  const texts = []
  for (const p of [alice, bob]) {
    await p.tab.locator('.thread .title').click()
    await p.tab.getByText('Are we shown the same conversation?').click()
    texts.push(await p.tab.locator('.sameness .number').filter({ hasText: /^\d+: (\d{5} ){7}\d{5}$/ }).textContent())
    if (p === alice) await p.tab.keyboard.press('Escape')
  }
  assert.equal(texts[0], texts[1])
  const compare = async (text, answer) => {
    await bob.tab.getByLabel('What another one sees').fill(text)
    await bob.tab.keyboard.press('Enter')
    await bob.tab.locator('.sameness [role=status]').filter({ hasText: answer }).waitFor()
  }
  await compare(`entry ${texts[0].replaceAll(' ', '-')}`, 'The same conversation')
  await compare(texts[0].replace(/\d$/, (d) => String((Number(d) + 1) % 10)), 'Not the same at entry')
  await compare(`9${texts[0]}`, 'This device has it only up to entry')
  await bob.tab.keyboard.press('Escape')
})

test('light and dark by choice, and it stays', async () => {
  await alice.tab.getByRole('button', { name: 'Settings' }).click()
  const colour = () => alice.tab.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await colour()
  await alice.tab.getByLabel('Colours').selectOption('dark')
  const dark = await colour()
  assert.notEqual(light, dark)
  await alice.tab.reload()
  await alice.ready()
  assert.equal(await colour(), dark)
})
