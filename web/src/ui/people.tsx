// Who is in a conversation, and the safety number with them.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { call } from '../engine/engine'
import type { Conversation, Role, Safety } from '../engine/types'
import { attempt, conversations, me, refreshList } from '../state/app'
import { t } from '../text'
import { Avatar } from './avatar'
import { ask, confirmed } from './dialog'
import { Field } from './field'
import { values } from './form'
import { Icon } from './icons'
import { Invites } from './invites'
import { Newcomers } from './newcomers'
import { change } from './keep'
import { Pictures } from './profile'
import { QR } from './qr'
import { Admit } from './renewed'
import { Sameness } from './sameness'
import { Scan } from './scan'

export async function aboutConversation(c: Conversation) {
  if (c.imported) return
  await ask<void>((done) => <About id={c.id} close={() => done()} />)
}

function About({ id, close }: { id: string; close: () => void }) {
  const c = conversations.value.find((x) => x.id === id)
  if (!c) return null
  const own = c.participants.find((p) => p.account === me.value?.account)
  const rules = own?.role !== 'member' && c.kind === 'group' && !c.left
  const other = c.kind === 'direct' ? c.participants.find((p) => p.account !== me.value?.account) : undefined
  const add = async (e: Event) => {
    const form = e.currentTarget as HTMLFormElement
    const handles = values(e).people!.split(/[\s,]+/).filter(Boolean)
    if (await attempt(async () => { await call('groupAdd', { name: c.id, handles }); return true })) form.reset()
    await refreshList()
  }
  const remove = async (handle: string) => {
    if (!await confirmed(`${t('removePerson', { handle })}?`, t('remove'))) return
    await attempt(() => call('groupRemove', { name: c.id, handles: [handle] }))
    await refreshList()
  }
  const leave = async () => {
    if (!await confirmed(`${t('leave')}?`, t('leave'))) return
    await attempt(() => call('groupLeave', { name: c.id }))
    await refreshList()
    close()
  }
  return <section>
    <header class="row"><h2>{c.name}</h2><button class="plain" aria-label={t('close')} onClick={close}><Icon name="close" /></button></header>
    {other && <SafetyNumber handle={other.handle} />}
    {rules && <>
      <form class="inline" onSubmit={(e) => { const name = values(e).name!.trim(); void change(() => call('groupSet', { to: c.id, name })) }}>
        <Field label={t('groupName')} name="name" required maxLength={200} key={c.name} defaultValue={c.name} /><button>{t('save')}</button>
      </form>
      <div class="actions start"><Pictures has={!!c.picture} take={(picture) => change(() => call('groupSet', { to: c.id, picture }))} /></div>
    </>}
    <h3>{t('people')}</h3>
    <ul class="people">{c.participants.map((p) => <li key={p.account}>
      <Avatar name={p.handle} of={p} /><span><b>{p.handle}</b><small>{p.name && `${p.name} · `}{t(p.role)}{c.keepsHistory.includes(p.account) && ` · ${t('keepsHistory')}`}{p.reset && ` · ${t('hasNew')}`}</small></span>
      {p.reset && rules && <Admit group={c} person={p} />}
      {rules && p.account !== me.value?.account && (own?.role === 'owner' || p.role !== 'owner') && <select aria-label={t('roleOf', { handle: p.handle })} value={p.role}
        onChange={(e) => void change(() => call('groupRole', { to: c.id, handle: p.handle, role: e.currentTarget.value as Role }))}>
        {(['owner', 'admin', 'member'] as const).filter((r) => r !== 'owner' || own?.role === 'owner').map((r) => <option key={r} value={r}>{t(r)}</option>)}
      </select>}
      {rules && p.account !== me.value?.account && <button class="plain" aria-label={t('removePerson', { handle: p.handle })} onClick={() => void remove(p.handle)}><Icon name="close" /></button>}
    </li>)}</ul>
    {rules && <form class="inline" onSubmit={add}><Field label={t('groupPeople')} name="people" required autocapitalize="none" /><button>{t('addPeople')}</button></form>}
    {rules && <Newcomers conversation={c} />}
    {rules && <Invites to={c.id} />}
    {c.messages > 0 && <Sameness to={c.id} />}
    {c.kind === 'group' && !c.left && <button class="danger" onClick={() => void leave()}>{t('leave')}</button>}
  </section>
}

function SafetyNumber({ handle }: { handle: string }) {
  const s = useSignal<Safety | null>(null)
  useEffect(() => { void attempt(() => call('safety', { handle })).then((x) => { s.value = x ?? null }) }, [handle])
  return <>
    <h3>{t('safety')}</h3>
    <p class="mono number">{s.value?.number ?? '…'}</p>
    {s.value && <QR text={s.value.number} label={t('safetyQR')} />}
    <p class="fine">{t('safetyHint', { handle })}</p>
    {s.value && <Compare number={s.value.number} handle={handle} />}
  </>
}

/** Compares the number with what the other one's QR code or message says. */
function Compare({ number, handle }: { number: string; handle: string }) {
  const digits = (s: string) => s.replace(/\D/g, '')
  const typed = useSignal('')
  const other = digits(typed.value)
  return <Field label={t('compare', { handle })} inputMode="numeric" autocomplete="off" class="mono" value={typed.value} onInput={(e) => { typed.value = e.currentTarget.value }}>
    <Scan found={(text) => { typed.value = text }} />
    {other.length > 0 && <p role="status" class={other === digits(number) ? 'good' : digits(number).startsWith(other) ? 'fine' : 'failure'}>
      {other === digits(number) ? t('compareSame') : digits(number).startsWith(other) ? t('compareSoFar', { count: other.length }) : t('compareDiffers')}
    </p>}
  </Field>
}
