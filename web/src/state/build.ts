// Whether this tab is of the build that the browser has installed last.
import { signal } from '@preact/signals'
import { scriptURL } from '../engine/trusted'

/** A newer build is here: what this tab asks of another's engine, or loads, is of an older one. */
export const outdated = signal(false)

const own = new URL(import.meta.url).pathname

/** Installs the service worker, asks for a newer one when the tab is looked at again, and hears of it. */
export async function keepUp() {
  const { serviceWorker } = navigator
  if (!serviceWorker) return
  serviceWorker.addEventListener('message', ({ data }) => { if (data.files) outdated.value = !data.files.includes(own) })
  const installed = await serviceWorker.register(scriptURL('/sw.js'))
  addEventListener('visibilitychange', () => { if (!document.hidden) void installed.update().catch(() => undefined) })
}
