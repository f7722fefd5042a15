// Whether history is kept, and what it means to change that.
import { useSignal } from '@preact/signals'
import { call } from '../engine/engine'
import { attempt, refreshList, tell } from '../state/app'
import { t } from '../text'
import { ask } from './dialog'

export function Keeping({ on, changed }: { on: boolean; changed: () => Promise<void> }) {
  const busy = useSignal(false)
  const change = async () => {
    const yes = await ask<boolean>((done) => <form onSubmit={(e) => { e.preventDefault(); done(true) }}>
      <h2>{t(on ? 'keepOff' : 'keepOn')}</h2>
      <p>{t(on ? 'keepOffAsk' : 'keepOnAsk')}</p>
      <p class="fine">{t('keepOthers')}</p>
      <div class="actions"><button type="button" onClick={() => done(false)}>{t('cancel')}</button><button class={on ? 'danger' : 'primary'}>{t(on ? 'keepOff' : 'keepOn')}</button></div>
    </form>)
    if (!yes) return
    busy.value = true
    const s = await attempt(() => call('setVault', { on: !on }))
    if (s) tell(t(s.pending > 0 ? 'switching' : 'switched', { done: s.conversations - s.pending, all: s.conversations }))
    await attempt(refreshList)
    await changed()
    busy.value = false
  }
  return <section class="card">
    <h3>{t('keeping')}</h3>
    <p class={on ? undefined : 'note'}>{t(on ? 'keepingOn' : 'keepingOff')}</p>
    <p class="fine">{t('keepOthers')}</p>
    <div class="actions start"><button disabled={busy.value} onClick={() => void change()}>{busy.value ? t('checking') : t(on ? 'keepOff' : 'keepOn')}</button></div>
  </section>
}
