// What people see of each other beside messages: who is typing, who has read.
import { signal } from '@preact/signals'
import { call, on } from '../engine/engine'
import type { Privacy } from '../engine/types'
import { attempt } from './app'

const shownFor = 6000 // milliseconds, as spec/cli.md has it

/** Who is typing, by conversation and account. */
export const typists = signal<Record<string, Record<string, string>>>({})
const ends = new Map<string, ReturnType<typeof setTimeout>>()

function put(conversation: string, account: string, handle?: string) {
  const { [account]: before, ...others } = typists.value[conversation] ?? {}
  if (handle || before) typists.value = { ...typists.value, [conversation]: handle ? { ...others, [account]: handle } : others }
}

on('typing', ({ conversation, sender }) => {
  const key = `${conversation} ${sender.account}`
  clearTimeout(ends.get(key))
  ends.set(key, setTimeout(() => put(conversation, sender.account), shownFor))
  put(conversation, sender.account, sender.handle)
})
on('message', (m) => put(m.conversation, m.sender.account))

let last = { to: '', at: 0 }

/** Says that the person is typing; the engine decides whether anybody is told. */
export function typing(to: string) {
  if (last.to === to && Date.now() - last.at < 4000) return
  last = { to, at: Date.now() }
  void call('typing', { to }).catch(() => undefined) // it is not worth a word
}

export const privacy = signal<Privacy | null>(null)
export const readPrivacy = async () => { privacy.value = await call('privacy') }

export async function setPrivacy(p: Privacy) {
  await attempt(() => call('setPrivacy', p))
  await attempt(readPrivacy)
}
