// A server with the built page, and people in browsers of their own.
//
//   const w = await world()
//   const alice = await w.person('alice')
//   await alice.register()
//   await alice.say('bob', 'hello')
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from './browser.mjs'

/** The repository. */
export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** Builds a command of this repository, once a run. */
const built = new Map()
export function program(name) {
  if (!built.has(name)) {
    const dir = process.env.COFFER_BIN ?? path.join(root, 'bin')
    execFileSync('go', ['build', '-o', dir + '/', `./cmd/${name}`], { cwd: root, stdio: 'inherit' })
    built.set(name, path.join(dir, name))
  }
  return built.get(name)
}

export async function world(options = {}) {
  if (!existsSync(path.join(root, 'web/dist/index.html'))) throw new Error('the page is not built: make web')
  const folder = mkdtempSync(path.join(tmpdir(), 'coffer-web-'))
  if (options.data) cpSync(options.data, path.join(folder, 'data'), { recursive: true }) // a server that has been there before
  let server, port = 0
  const start = async () => {
    server = spawn(program('cofferd'), ['serve', '--data', path.join(folder, 'data'), '--listen', `127.0.0.1:${port}`, ...(options.serve ?? [])], { stdio: ['ignore', 'pipe', 'ignore'] })
    const url = await new Promise((ready, fail) => {
      let text = ''
      server.stdout.on('data', (b) => { text += b; const m = /ready (\S+)/.exec(text); if (m) ready(m[1]) })
      server.on('exit', (code) => fail(new Error(`cofferd ended with ${code}`)))
    })
    port = new URL(url).port
    return url
  }
  const stop = () => new Promise((gone) => { server.removeAllListeners('exit'); server.once('exit', gone); server.kill() })
  const url = await start()
  const page = url.replace('127.0.0.1', 'localhost')
  const browser = await launch()
  const trouble = [] // what no page may ever say or ask for
  let expected = null // but for what a test provokes

  const w = {
    url, page, folder, browser, trouble, start, stop,
    /** From now on the pages may say what matches, and ask for what they may not; null ends it. */
    expect(pattern) { expected = pattern },
    /** A person with a new browser. */
    async person(name, context = {}) {
      const ctx = await browser.newContext({ viewport: { width: 1100, height: 760 }, locale: 'en-GB', ...context })
      return new Person(w, name, ctx, await tab(ctx, name))
    },
    async tab(ctx, name) { return tab(ctx, name) },
    /** The command line as another person, or the same one on another device. */
    coffer(home, ...args) {
      const options = typeof args.at(-1) === 'object' ? args.pop() : {}
      const input = options.stdin ? { input: readFileSync(options.stdin) } : {}
      return execFileSync(program('coffer'), ['--home', path.join(folder, home), '--quiet', ...args], {
        encoding: 'utf8', maxBuffer: 1 << 28, stdio: [options.stdin ? 'pipe' : 'ignore', 'pipe', 'inherit'], ...input,
      })
    },
    /** The command line while it goes on: line waits for one that matches, over for its end. */
    begin(home, ...args) {
      const p = spawn(program('coffer'), ['--home', path.join(folder, home), '--quiet', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
      let text = ''
      const waiting = []
      const look = () => { for (const { pattern, done } of waiting) { const l = text.split('\n').slice(0, -1).find((x) => pattern.test(x)); if (l) done(l) } }
      p.stdout.on('data', (b) => { text += b; look() })
      return {
        over: new Promise((done) => p.on('exit', done)),
        line: (pattern) => new Promise((done) => { waiting.push({ pattern, done }); look() }),
      }
    },
    /** A file that a command has written. */
    read(name) { return readFileSync(path.join(folder, name), 'utf8') },
    async close() {
      await browser.close()
      await stop()
      rmSync(folder, { recursive: true })
      if (trouble.length > 0) throw new Error('the pages said:\n' + trouble.join('\n'))
    },
  }
  async function tab(ctx, name) {
    const p = await ctx.newPage()
    p.on('pageerror', (e) => trouble.push(`${name}: ${e.stack}`))
    p.on('console', (m) => { if (m.type() === 'error' && !/Failed to load resource/.test(m.text()) && !expected?.test(m.text())) trouble.push(`${name}: ${m.text()}`) })
    p.on('request', (r) => {
      const u = new URL(r.url())
      if (!['blob:', 'data:'].includes(u.protocol) && !['localhost', '127.0.0.1'].includes(u.hostname) && !expected) trouble.push(`${name} asked ${u.href}`)
    })
    await p.goto(page)
    return p
  }
  return w
}

export class Person {
  constructor(w, name, context, tab) { Object.assign(this, { w, name, context, tab }) }

  /** The same person in another tab. */
  beside(tab) { return new Person(this.w, this.name, this.context, tab) }

  async register() {
    await this.tab.getByLabel('Your handle').fill(this.name)
    await this.tab.getByRole('button', { name: 'Create account' }).click()
    await this.ready()
    return this
  }

  async ready() {
    await this.tab.getByRole('navigation', { name: 'Coffer' }).waitFor({ timeout: 60_000 })
  }

  /** Brings an account back: {code} or {pin, password}; keeps all other devices. */
  async restore(handle, secret) {
    const t = this.tab
    await t.getByRole('tab', { name: 'I have an account' }).click()
    await t.getByLabel('Your handle').fill(handle)
    if (secret.code) {
      await t.getByLabel('Recovery code').fill(secret.code)
    } else {
      await t.getByRole('tab', { name: 'PIN' }).click()
      await t.getByLabel('PIN', { exact: true }).fill(secret.pin)
      await t.getByLabel('Sign-in password').fill(secret.password)
    }
    await t.getByRole('button', { name: 'Bring everything back' }).click()
    await t.getByRole('button', { name: 'I have all of them' }).click({ timeout: 60_000 })
    await this.ready()
  }

  /** Opens the conversation with somebody, or a group, or begins one. */
  async open(name) {
    const row = this.row(name)
    if (await row.count() === 0) {
      await this.tab.getByRole('button', { name: 'New conversation' }).click()
      await this.tab.getByLabel('Handle', { exact: true }).fill(name)
      await this.tab.getByRole('button', { name: 'Start' }).click()
    } else {
      await row.click()
    }
    await this.tab.locator('.thread h2', { hasText: new RegExp(`^${name}$`) }).waitFor()
    const accept = this.tab.getByRole('button', { name: 'Accept', exact: true })
    await this.composer.or(accept).waitFor()
    if (await accept.isVisible()) await accept.click() // a stranger's first word
    await this.composer.waitFor()
  }

  row(name) { return this.tab.locator('.list .row').filter({ has: this.tab.locator('b', { hasText: new RegExp(`^${name}$`) }) }) }

  get composer() { return this.tab.getByRole('textbox', { name: 'Message', exact: true }) }

  /** Writes a text; shown is a part of it as it appears, where that differs. */
  async say(to, text, shown = text) {
    await this.open(to)
    await this.composer.fill(text)
    await this.tab.keyboard.press('Enter')
    await this.message(shown).waitFor()
  }

  message(text) { return this.tab.locator('.message').filter({ hasText: text }).last() }

  async sees(from, text) {
    const row = this.row(from)
    await row.waitFor({ timeout: 30_000 })
    await row.click()
    await this.message(text).waitFor({ timeout: 30_000 })
  }

  /** Chooses from a message's menu. */
  async menu(text, item) {
    const m = this.message(text)
    await m.hover()
    await m.locator('.tools button').last().click()
    await this.tab.getByRole('menuitem', { name: item }).click()
  }

  async code() {
    await this.tab.getByRole('button', { name: 'Secure storage' }).click()
    await this.tab.getByRole('button', { name: 'Make a recovery code' }).click()
    const code = await this.tab.locator('.code').textContent({ timeout: 30_000 })
    await this.tab.getByRole('button', { name: 'I have kept it' }).click()
    return code
  }

  async pin(pin, password) {
    await this.tab.getByRole('button', { name: 'Secure storage' }).click()
    await this.tab.getByRole('button', { name: 'Guard by a PIN' }).click()
    await this.tab.getByLabel('PIN', { exact: true }).fill(pin)
    await this.tab.getByLabel('PIN again').fill(pin)
    await this.tab.getByLabel('Sign-in password').fill(password)
    await this.tab.locator('dialog button.primary').click()
    await this.tab.locator('dialog').waitFor({ state: 'detached', timeout: 60_000 })
  }
}
