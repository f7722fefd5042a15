// The service worker's part in notifications: it shows them, for the tabs too. What
// there is to show the engine decides.
import type { CallName, News } from './types'

/** Makes a call of the engine, wherever it runs. */
export type Ask = (name: CallName, params?: object) => Promise<unknown>

declare const self: ServiceWorkerGlobalScope

// Their words are here because no page may be open to say them.
const words: Record<string, string[]> = {
  en: ['New messages', 'Somebody new wants to write to you', 'You were added to this group'],
  de: ['Neue Nachrichten', 'Jemand Neues möchte dir schreiben', 'Du wurdest in diese Gruppe aufgenommen'],
  ar: ['رسائل جديدة', 'شخص جديد يريد مراسلتك', 'تمت إضافتك إلى هذه المجموعة'],
}
const kept = '/language'

/** Keeps the page's language for when no page is open. */
export const keepLanguage = async (code: string) => (await caches.open('words')).put(kept, new Response(code))

const speech = async () => words[await (await caches.match(kept))?.text() ?? 'en']!

/** Says that there is something, where no more can be found out. */
export const presentSomething = async () => self.registration.showNotification('Coffer', { body: (await speech())[0], tag: 'coffer' })

/** The start of the names of Web Locks that say which conversations are being looked at. */
export const looking = 'coffer viewing '

/** Shows what is new, changes what has changed, and takes away what is no news any more. */
export async function present(ask: Ask, sync: boolean) {
  const { held } = await navigator.locks.query()
  const viewing = held!.filter((l) => l.name!.startsWith(looking)).map((l) => l.name!.slice(looking.length))
  const news = await ask('notifications', { sync, viewing }) as News[]
  const shown = new Map((await self.registration.getNotifications()).map((n) => [n.tag, n]))
  const [some, request, added] = await speech()
  let count = 0
  for (const n of news) {
    count += n.count || 1
    const said = n.text || n.file || some
    const title = (n.name || 'Coffer') + (n.count > 1 ? ` (${n.count})` : '')
    const body = n.request ? request : n.added ? added : n.kind === 'group' ? `${n.sender}: ${said}` : said
    const tag = n.conversation
    const old = shown.get(tag)
    shown.delete(tag)
    if (!n.fresh && (!old || old.title === title && old.body === body)) continue // on display, or put away
    await self.registration.showNotification(title, { body, tag, silent: !n.fresh, renotify: n.fresh } as NotificationOptions)
  }
  for (const n of shown.values()) n.close()
  await (navigator as Partial<Navigator>).setAppBadge?.(count).catch(() => undefined)
}

/** Has the browser's maker wake this device, and the server know where; false where one of them does not. */
export async function subscribe(ask: Ask): Promise<boolean> {
  const key = await ask('pushKey') as Uint8Array<ArrayBuffer>
  const push = self.registration.pushManager
  if (!key.length || !push) return false
  const before = await push.getSubscription()
  // The server's key is another where it began anew.
  if (before && String(new Uint8Array(before.options.applicationServerKey!)) !== String(key)) await before.unsubscribe()
  const { endpoint } = await push.subscribe({ userVisibleOnly: true, applicationServerKey: key })
  await ask('pushSubscribe', { endpoint })
  return true
}

/** Ends that. */
export async function unsubscribe(ask: Ask) {
  await (await self.registration.pushManager?.getSubscription())?.unsubscribe()
  await ask('pushUnsubscribe')
}
