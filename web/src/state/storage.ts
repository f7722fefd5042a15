// What this browser keeps: whether it promises to, and how to begin anew.
import { signal } from '@preact/signals'
import { home } from '../engine/share'

/** Whether the browser has promised not to throw this page's storage away; null until known. */
export const kept = signal<boolean | null>(null)

/** Asks the browser for that promise. It may say no, and then eviction is as losing a device. */
export async function keepStorage() {
  kept.value = await navigator.storage?.persist?.().catch(() => false) ?? false
}

// Another tab has thrown everything away.
addEventListener('storage', (e) => { if ((e as StorageEvent).key === null) location.reload() })

/** Throws away all that is stored here, where it cannot be opened any more. */
export async function startOver() {
  if (home === 'coffer') {
    localStorage.setItem('over', '1') // so that clearing is a change, which the other tabs hear of
    localStorage.clear()
  }
  const mine = (await indexedDB.databases()).filter(({ name }) => home === 'coffer' || name!.startsWith(home))
  await Promise.all(mine.map(({ name }) => new Promise<void>((done) => {
    const r = indexedDB.deleteDatabase(name!)
    r.onsuccess = r.onerror = r.onblocked = () => done()
  })))
  location.reload()
}
