// Builds the web client into dist: node build.mjs [--fast] [--out FOLDER]
//
// The same sources give the same bytes: names hold the hash of the content,
// times are left out, and release.json lists the SHA-256 of every file.
import { build, transform } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { minify } from 'terser'
import { joinData } from './wasm.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const out = process.argv.indexOf('--out')
const dist = out > 0 ? path.resolve(process.argv[out + 1]) : path.join(here, 'dist')
const fast = process.argv.includes('--fast') // for work on the page: weaker compression

const hash = (b) => createHash('sha256').update(b).digest('hex')
const files = new Map()
const add = (name, content) => files.set(name, Buffer.from(content))
/** Adds a file under a name with its hash in it, and returns that name. */
const asset = (name, content) => {
  const ext = path.extname(name)
  const full = `assets/${path.basename(name, ext)}-${hash(content).slice(0, 12)}${ext}`
  add(full, content)
  return full
}

// A language but English is a file of its own, which only those load who speak it.
const words = {}
for (const name of ['de', 'ar']) {
  const { code } = await transform(readFileSync(path.join(here, `src/text/${name}.ts`)), { loader: 'ts', format: 'esm' })
  const text = (await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`))[name]
  const said = JSON.parse(readFileSync(path.join(here, `src/text/said.${name}.json`))) // what the engine and the server say
  words[name] = '/' + asset(`${name}.json`, JSON.stringify({ ...text, said }))
}

async function bundle(entry, define = {}, format = 'esm') {
  const r = await build({
    entryPoints: [path.join(here, 'src', entry)], bundle: true, write: false, minify: true, format, target: 'es2022',
    tsconfigRaw: {}, jsxFactory: 'h', jsxFragment: 'Fragment', inject: entry.endsWith('.tsx') ? [path.join(here, 'src/jsx.ts')] : [], legalComments: 'none', define, charset: 'utf8',
  })
  // What esbuild has made small, terser makes smaller by a fiftieth.
  const { code } = await minify(r.outputFiles[0].text, { module: format === 'esm', compress: { passes: 2 }, ecma: 2020 })
  return code
}

// The engine.
const go = (...args) => execFileSync('go', args, { cwd: path.join(here, '..'), encoding: 'utf8', env: { ...process.env, GOOS: 'js', GOARCH: 'wasm', GOFLAGS: '' } })
const wasmFile = path.join(dist, '.coffer.wasm')
mkdirSync(dist, { recursive: true })
// Inlining makes the engine a fifth larger and is of use to cryptography only
// (docs/adr/0015); later patterns win.
const inlined = ['crypto', 'golang.org/x/crypto', 'vendor/golang.org/x/crypto', 'github.com/cloudflare/circl', 'github.com/gtank', 'filippo.io/edwards25519',
  'internal/byteorder', 'encoding/binary', 'math/bits', 'internal/goarch', 'internal/runtime/math'] // what those call in their inner loops
const notInlined = ['golang.org/x/crypto/cryptobyte']
const gcflags = ['-gcflags=all=-l', ...inlined.map((p) => `-gcflags=${p}/...=`), ...notInlined.map((p) => `-gcflags=${p}=-l`)]
go('build', '-tags=mls_hybrid_only', '-trimpath', '-buildvcs=false', ...gcflags, '-ldflags=-s -w -buildid=', '-o', wasmFile, './cmd/coffer-wasm')
const wasm = asset('coffer.wasm', joinData(readFileSync(wasmFile)))
rmSync(wasmFile)
const { code: runtime } = await transform(readFileSync(path.join(execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim(), 'lib/wasm/wasm_exec.js')), { minify: true, target: 'es2022' })

// The worker is Go's glue and ours, in one file.
const worker = asset('worker.js', Buffer.concat([Buffer.from('/* Of this the first part is wasm_exec.js, Copyright 2018 The Go Authors, BSD-3-Clause. */' + runtime), Buffer.from(await bundle('engine/worker.ts', { WASM: JSON.stringify('/' + wasm) }))]))
const style = asset('style.css', (await build({ entryPoints: [path.join(here, 'src/style.css')], bundle: true, write: false, minify: true, loader: { '.svg': 'dataurl' } })).outputFiles[0].contents)
const app = asset('app.js', await bundle('main.tsx', { WORKER: JSON.stringify('/' + worker), WORDS: JSON.stringify(words) }))

for (const name of readdirSync(path.join(here, 'static'))) {
  const content = readFileSync(path.join(here, 'static', name))
  add(name, name === 'index.html' ? content.toString().replaceAll('{style}', '/' + style).replaceAll('{app}', '/' + app) : content)
}
add('sw.js', await bundle('sw.ts', { WORKER: JSON.stringify('/' + worker), FILES: JSON.stringify([...files.keys()].filter((f) => f.startsWith('assets/') || f.startsWith('icon')).map((f) => '/' + f)), BUILD: JSON.stringify(hash([...files.keys()].join()).slice(0, 12)) },
  'iife')) // it imports the worker's script, whose names are its own

const manifest = {}
for (const [name, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) manifest[name] = hash(content)
add('release.json', JSON.stringify({ format: 1, files: manifest }, null, 1) + '\n')

// Out with what was there, in with what is new.
for (const name of readdirSync(dist)) if (name !== '.keep') rmSync(path.join(dist, name), { recursive: true })
let scripts = 0
const sizes = {}
for (const [name, content] of files) {
  const target = path.join(dist, name)
  mkdirSync(path.dirname(target), { recursive: true })
  if (!/\.(js|css|html|wasm|webmanifest|svg|json)$/.test(name)) {
    writeFileSync(target, content)
    continue
  }
  const br = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: fast ? 5 : 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length, [constants.BROTLI_PARAM_LGWIN]: 24 } })
  const gz = gzipSync(content, { level: 9 })
  writeFileSync(target + '.br', br)
  writeFileSync(target + '.gz', gz)
  if (!name.endsWith('.wasm')) writeFileSync(target, content)
  if (/\.(js|css)$/.test(name)) scripts += gz.length
  if (name.endsWith('.wasm')) sizes.wasm = br.length
}
const kB = (n) => `${(n / 1000).toFixed(1)} kB`
console.log(`built: engine ${kB(sizes.wasm)} brotli, scripts and styles ${kB(scripts)} gzip`)
