// The browser that the tests drive: Debian's chromium, or the one that CHROMIUM
// names.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser's program, or undefined where there is none. */
export const program = places.find((p) => p && existsSync(p))

/** Starts a browser without a window. */
export function launch(options = {}) {
  if (!program) throw new Error('no browser: apt-get install chromium, or set CHROMIUM to its program')
  return chromium.launch({ executablePath: program, args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'], ...options })
}

/** Starts a browser with a profile on disk. */
export function launchPersistent(folder) {
  if (!program) throw new Error('no browser: apt-get install chromium, or set CHROMIUM to its program')
  return chromium.launchPersistentContext(folder, { executablePath: program, args: ['--no-sandbox'], viewport: { width: 1100, height: 760 }, locale: 'en-GB' })
}
