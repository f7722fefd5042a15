// The browser brings texts into normal forms for the search index: the same as
// the other builds do, or a word would not be found under the form it is written in.
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))

test('normal forms', () => {
  execFileSync('go', ['test', '-exec', `node ${path.join(here, 'gotest.mjs')}`, './client/search/normal'], {
    cwd: path.join(here, '../..'), env: { ...process.env, GOOS: 'js', GOARCH: 'wasm' }, stdio: 'inherit',
  })
})
