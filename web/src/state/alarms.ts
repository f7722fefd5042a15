// What the person must hear of: that somebody asks for the handle, and what happened
// to the account that may have been somebody else. It stays on every screen until
// the person has dealt with it.
import { batch, signal } from '@preact/signals'
import { call, on } from '../engine/engine'
import type { Notice, OwnReset } from '../engine/types'
import { attempt, phase, refreshList } from './app'

export const ownReset = signal<OwnReset | null>(null)
export const notices = signal<Notice[]>([])

export async function refreshAlarms() {
  const own = await call('ownReset')
  const list = await call('notices')
  // What such a one says stands in the list, too.
  if (list.some((n) => n.kind === 'contact' && !notices.value.some((x) => x.number === n.number))) await refreshList()
  batch(() => {
    ownReset.value = own
    // That one stays for as long as it is so, not until it was read.
    notices.value = list.filter((n) => n.kind !== 'reset' || n.text === 'stopped')
  })
}

export const hear = () => { if (phase.peek() === 'ready') void refreshAlarms().catch(() => undefined) }

on('notice', hear)

/** Puts a notice away, on this device. */
export async function putAway(n: Notice) {
  await attempt(() => call('noticesShown', { number: n.number }))
  await attempt(refreshAlarms)
}

/** Stops a reset of this account. */
export async function keepAccount(): Promise<boolean> {
  const done = await attempt(async () => { await call('keepAccount'); return true })
  await attempt(refreshAlarms)
  return done === true
}
