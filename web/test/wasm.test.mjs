// What the build does to the engine: the memory it starts with stays the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinData } from '../wasm.mjs'

const leb = (n) => (n > 0x7f ? [(n & 0x7f) | 0x80, ...leb(n >>> 7)] : [n])
const sleb = (n) => (n < -0x40 || n > 0x3f ? [(n & 0x7f) | 0x80, ...sleb(n >> 7)] : [n & 0x7f])
const section = (id, body) => [id, ...leb(body.length), ...body]
const segment = (address, bytes) => [0, 0x41, ...sleb(address), 0x0b, ...leb(bytes.length), ...bytes]
const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const memory = [...section(5, [1, 0, 3]), ...section(7, [1, 3, ...Buffer.from('mem'), 2, 0])] // three pages, exported
const custom = section(0, [4, ...Buffer.from('last'), 1, 2, 3])
const withData = (...all) => Buffer.from([...header, ...memory, ...section(11, [...leb(all.length), ...all.flat()]), ...custom])

const run = (b) => new WebAssembly.Instance(new WebAssembly.Module(b)).exports.mem.buffer
const same = (before) => {
  const after = joinData(before)
  assert.deepEqual(Buffer.from(run(after)), Buffer.from(run(before)))
  assert.deepEqual(WebAssembly.Module.customSections(new WebAssembly.Module(after), 'last').map((b) => [...new Uint8Array(b)]), [[1, 2, 3]])
  return after
}

test('segments become one, whatever their order, and the later one wins', () => {
  const text = (n, c) => [...Buffer.alloc(n, c)]
  const after = same(withData(segment(70_000, text(300, 'a')), segment(64, text(200, 'b')), segment(70_200, text(9, 'c')), segment(63, [7]), segment(150_000, [])))
  assert.deepEqual(joinData(after), after, 'one segment stays as it is')
  assert.ok(after.length > 149_000, 'from the first address to the last')
  same(withData(segment(8191, [1]), segment(8192, [2]), segment(3 * 65_536 - 1, [3])))
  same(withData())
})

test('so do thousands, strewn over memory', () => {
  let n = 1
  const next = (below) => (n = (n * 48_271) % 2_147_483_647) % below // the same numbers every time
  same(withData(...Array.from({ length: 5000 }, () => segment(next(196_000), Array.from({ length: next(90) }, () => next(256))))))
})

test('an address above 2 GiB stays where it is', () => {
  const module = Buffer.from([...header, ...section(5, [1, 0, ...leb(40_000)]), ...section(11, [1, ...segment(0x90000000 | 0, [9])])])
  assert.deepEqual(joinData(module), module)
})

test('what cannot be joined is refused', () => {
  const data = (...body) => Buffer.from([...header, ...memory, ...section(11, body)])
  assert.throws(() => joinData(data(1, 1, 1, 9)), /without a constant address/, 'a passive segment')
  assert.throws(() => joinData(data(1, 0, 0x23, 0, 0x0b, 1, 9)), /without a constant address/, 'a global as address')
  assert.throws(() => joinData(data(1, 0, 0x41, 1, 0x41, 1, 0x6a, 0x0b, 1, 9)), /computed address/)
  assert.throws(() => joinData(data(1, ...segment(1, [1, 2, 3]).slice(0, -1))), /too early/)
  assert.throws(() => joinData(data(1, 0, 0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0x0b, 0)), /more than 32 bits/)
  assert.throws(() => joinData(Buffer.from([...header, ...memory, ...section(12, [1]), ...section(11, [1, ...segment(1, [1])])])), /counts its data/)
})
