// The account's devices: naming them, letting one in, removing one.
import { useSignal } from '@preact/signals'
import { call } from '../engine/engine'
import type { Check, Keyholder } from '../engine/types'
import { attempt, tell } from '../state/app'
import { brief, t } from '../text'
import { Ending } from './buttons'
import { ask } from './dialog'
import { Field } from './field'
import { values } from './form'
import { Icon } from './icons'
import { linkDevice } from './link'

const nameOf = (k: Keyholder) => k.name || k.id.slice(0, 8)

export function Devices({ list, load, removals }: { list: Keyholder[]; load: () => Promise<void>; removals?: Check }) {
  const rename = async (k: Keyholder) => {
    const name = await ask<string>((done) => <form onSubmit={(e) => done(values(e).name!)}>
      <Field label={t('name')} name="name" value={k.name} required autofocus />
      <Ending yes={t('save')} />
    </form>)
    if (name && await attempt(() => call('renameDevice', { id: k.id, name }))) await load()
  }
  const remove = async (k: Keyholder) => {
    await ask<void>((done) => <Remove device={k} done={() => done()} />)
    await load()
  }
  return <section class="card">
    <h3>{t('devices')}</h3>
    <ul class="people">{list.map((k) => <li key={k.id}>
      <Icon name={k.this ? 'check' : 'clock'} />
      <span><b>{nameOf(k)}</b><small>{[k.this && t('thisDevice'), t('since', { date: brief(k.added) }), k.lastSeen && !k.this && t('lastSeen', { date: brief(k.lastSeen) }), !k.this && k.platform].filter(Boolean).join(' · ')}</small></span>
      <button class="plain" aria-label={`${t('rename')}: ${nameOf(k)}`} title={t('rename')} onClick={() => void rename(k)}><Icon name="edit" /></button>
      {!k.this && <button onClick={() => void remove(k)}>{t('remove')}</button>}
    </li>)}</ul>
    {removals?.state === 'degraded' && <p class="note">{t('removalsOpen', { done: removals.values[0]!, all: removals.values[1]! })}</p>}
    <div class="actions start"><button onClick={() => void linkDevice().then(load)}>{t('linkTitle')}</button></div>
  </section>
}

/** Removes a device, and says how far that has come. */
function Remove({ device: k, done }: { device: Keyholder; done: () => void }) {
  const busy = useSignal(false)
  const submit = async (e: Event) => {
    const compromised = values(e).why === 'compromised'
    const list = await attempt(() => call('revoke', { id: k.id, compromised }), busy)
    done()
    for (const r of list ?? []) tell(t('removedFrom', { name: r.name || nameOf(k), done: r.conversations - r.pending, all: r.conversations }))
  }
  return <form onSubmit={submit}>
    <h2>{t('remove')}: {nameOf(k)}</h2>
    <p>{t('removeDevice')}</p>
    <label class="check"><input type="radio" name="why" value="lost" checked /> {t('whyLost')}</label>
    <label class="check"><input type="radio" name="why" value="compromised" /> {t('whyCompromised')}</label>
    <Ending yes={t('remove')} cancel={done} danger busy={busy.value} />
  </form>
}
