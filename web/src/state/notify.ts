// Notifications: whether the person wants them, and when there is something to look
// for. The service worker shows them (engine/notify.ts).
import { effect, signal } from '@preact/signals'
import { call, leads, on } from '../engine/engine'
import { looking } from '../engine/notify'
import { home } from '../engine/share'
import type { NotifySetting } from '../engine/types'
import { language } from '../text'
import { attempt, conversations, me, openID, panel } from './app'

export const possible = home === 'coffer' && 'Notification' in globalThis && 'serviceWorker' in navigator
export const setting = signal<NotifySetting | null>(null)
/** Whether the browser lets the page show any; it asks the person once. */
export const allowed = signal(possible ? Notification.permission : 'denied')
/** Whether the device is woken while no tab is open; null until known. */
export const woken = signal<boolean | null>(null)

/** Asks the service worker to show what there is, or to see to being woken, or no more. */
async function ask(notify: 'show' | 'wake' | 'off') {
  if (Notification.permission === 'granted') (await navigator.serviceWorker.ready).active!.postMessage({ notify, language })
}

async function set(s: Omit<NotifySetting, 'type'>) {
  await call('notifySet', s)
  setting.value = await call('notifySetting')
  await ask('show')
}

/** After a click: asks the person through the browser, and begins. */
export const turnOn = () => attempt(async () => {
  allowed.value = await Notification.requestPermission()
  if (allowed.value !== 'granted') return
  await set({ on: true, show: setting.value!.show })
  await ask('wake')
})

export const turnOff = () => attempt(async () => {
  await set({ on: false, show: setting.value!.show })
  woken.value = null
  await ask('off')
})

export const show = (what: NotifySetting['show']) => attempt(() => set({ on: true, show: what }))

async function begin() {
  setting.value = await call('notifySetting')
  if (!setting.value.on) return
  await ask('show')
  await ask('wake')
}

if (possible) {
  effect(() => { if (me.value) void begin().catch(() => undefined) })
  on('changed', () => { if (leads()) void ask('show') }) // another tab may have turned them on; the engine knows

  // What is being looked at is no news. The browser gives the lock back by itself when the tab is closed or crashes.
  const visible = signal(!document.hidden)
  document.addEventListener('visibilitychange', () => { visible.value = !document.hidden })
  effect(() => {
    if (!visible.value || !openID.value) return
    let ended = false
    let end = () => { ended = true } // it may be over before the lock is there
    void navigator.locks.request(looking + openID.value, { mode: 'shared' }, () => {
      if (ended) return
      void ask('show')
      return new Promise<void>((r) => { end = r })
    })
    return () => end()
  })

  // What a click on a notification opens, here or in a new tab.
  const wanted = signal(/^#open=(\w+)$/.exec(location.hash)?.[1])
  if (wanted.value) history.replaceState(null, '', '/')
  effect(() => {
    if (!conversations.value.some((c) => c.id === wanted.value)) return
    panel.value = 'chat'
    openID.value = wanted.value!
    wanted.value = undefined
  })
  navigator.serviceWorker.addEventListener('message', ({ data }) => {
    if ('woken' in data) woken.value = data.woken
    else if ('open' in data) wanted.value = data.open
  })
}
