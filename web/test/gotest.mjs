// Runs a Go test binary for js/wasm in a real browser:
//
//   GOOS=js GOARCH=wasm go test -exec "node …/web/test/gotest.mjs" ./client/store/idb
//
// The page has nothing but Go's own wasm_exec.js. For packages that fetch, its
// server answers under /answer/ as answers.mjs says.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { launch } from './browser.mjs'
import { answers } from './answers.mjs'

const [binary, ...args] = process.argv.slice(2)
const root = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim()

const page = `<!doctype html><meta charset="utf-8"><script src="/wasm_exec.js"></script><script>
const decoder = new TextDecoder()
globalThis.fs.writeSync = (fd, b) => { write(decoder.decode(b, { stream: true })); return b.length }
const go = new Go()
go.argv = ${JSON.stringify([binary, ...args])}
go.env = { ORIGIN: location.origin }
go.exit = (code) => done(code)
WebAssembly.instantiateStreaming(fetch('/test.wasm'), go.importObject).then(({ instance }) => go.run(instance)).catch((e) => { write(String(e)); done(1) })
</script>`

const files = {
  '/': ['text/html', () => page],
  '/wasm_exec.js': ['text/javascript', () => readFileSync(path.join(root, 'lib/wasm/wasm_exec.js'))],
  '/test.wasm': ['application/wasm', () => readFileSync(binary)],
}
const server = createServer((request, response) => {
  const answer = answers[request.url]
  if (answer) return answer(request, response)
  const file = files[request.url]
  response.writeHead(file ? 200 : 404, { 'content-type': file?.[0] ?? 'text/plain' })
  response.end(file?.[1]())
})
await new Promise((ready) => server.listen(0, '127.0.0.1', ready))

const browser = await launch()
const tab = await browser.newPage()
const code = await new Promise(async (done) => {
  tab.on('pageerror', (e) => { process.stderr.write(`${e}\n`); done(1) })
  tab.on('crash', () => { process.stderr.write('the tab crashed\n'); done(1) })
  await tab.exposeFunction('write', (text) => { process.stdout.write(text) })
  await tab.exposeFunction('done', done)
  await tab.goto(`http://localhost:${server.address().port}/`)
})
await browser.close()
server.close()
process.exitCode = code
