// How one conversation is kept: on top, muted, away; for how long its messages last.
import { call } from '../engine/engine'
import type { Conversation } from '../engine/types'
import { attempt, refreshList } from '../state/app'
import { lasting, t } from '../text'
import { peer } from './avatar'
import { ask, confirmed } from './dialog'

/** Has one of several chosen. */
export const choose = <T,>(title: string, options: [label: string, value: T, danger?: string][]) => ask<T>((done) => <>
  <h2>{title}</h2>
  <div class="menu" role="menu" aria-label={title}>{options.map(([label, v, danger]) => <button role="menuitem" class={danger} onClick={() => done(v)}>{label}</button>)}</div>
</>)

const lengths = [0, 30, 300, 3600, 28800, 86400, 604800, 2419200]

/** How long messages last, in seconds; 0 for ever. */
export const chooseExpiry = () => choose<number>(t('expiry'), lengths.map((n) => [lasting(n), n]))

/** Does something to a conversation and shows the result. */
export async function change(action: () => Promise<unknown>): Promise<boolean> {
  const done = await attempt(async () => { await action(); return true })
  await attempt(refreshList)
  return done === true
}

type Act = () => Promise<unknown>

export async function keep(c: Conversation) {
  const to = c.id
  const other = peer(c)
  const all: [string, Act][] = [
    [t(c.pinned ? 'notToTop' : 'toTop'), () => change(() => call('pin', { to, off: c.pinned }))],
    c.mutedTo
      ? [t('unmute'), () => change(() => call('mute', { to, off: true }))]
      : [t('mute'), async () => {
        const seconds = await choose<number>(t('mute'), [...[3600, 28800, 604800].map((n): [string, number] => [lasting(n), n]), [t('always'), 0]])
        if (seconds !== undefined) await change(() => call('mute', { to, seconds }))
      }],
    [t(c.archived ? 'unarchive' : 'archive'), () => change(() => call('archive', { to, off: c.archived }))],
  ]
  if (!c.imported && !c.left && !c.closed) all.push([t('expiry'), async () => {
    const seconds = await chooseExpiry()
    if (seconds !== undefined) await change(() => call('expire', { to, seconds }))
  }])
  if (other) all.push([t(c.blocked ? 'unblock' : 'block'), () => change(() => call('block', { handle: other.handle, off: c.blocked }))])
  all.push([t('clearChat'), () => clear(c)])
  await (await choose<Act>(c.name, all))?.()
}

export async function clear(c: Conversation) {
  if (await confirmed(`${t('clearChat')}?`, t('clearChat'))) await change(() => call('clear', { to: c.id }))
}

/** In the composer's place, where nothing can be written yet, or any more. */
export function Request({ conversation: c }: { conversation: Conversation }) {
  const handle = c.name
  return <div class="composer request">
    {c.request && !c.blocked && <p>{t('requestHint', { handle })}</p>}
    <div class="actions start">
      {c.request && !c.blocked && <button class="primary" onClick={() => void change(() => call('accept', { handle }))}>{t('accept')}</button>}
      {c.request && <button onClick={() => void clear(c)}>{t('clearChat')}</button>}
      <button class={c.blocked ? '' : 'danger'} onClick={() => void change(() => call('block', { handle, off: c.blocked }))}>{t(c.blocked ? 'unblock' : 'block')}</button>
    </div>
  </div>
}
