// The first screen: a new account, or an old one brought back.
import { useSignal } from '@preact/signals'
import { call } from '../engine/engine'
import type { Restored } from '../engine/types'
import { attempt, begin, conversations, openID, progress, words } from '../state/app'
import { moment, t } from '../text'
import { ask } from './dialog'
import { Field } from './field'
import { Mark } from './mark'

const values = (e: Event) => Object.fromEntries(new FormData(e.currentTarget as HTMLFormElement)) as Record<string, string>

export function Welcome() {
  const known = useSignal(false)
  return <main class="welcome">
    <h1><Mark /></h1>
    <p class="tagline">{t('tagline')}</p>
    <section class="card">
      <div class="tabs" role="tablist">
        <button role="tab" aria-selected={!known.value} onClick={() => { known.value = false }}>{t('newHere')}</button>
        <button role="tab" aria-selected={known.value} onClick={() => { known.value = true }}>{t('comeBack')}</button>
      </div>
      {known.value ? <Restore /> : <Register />}
    </section>
    <p class="fine">{t('firstLoad')}</p>
  </main>
}

/** A form's action with its button held and its failure shown under it. */
function useAction(action: (v: Record<string, string>) => Promise<void>) {
  const busy = useSignal(false)
  const failure = useSignal('')
  const submit = async (e: Event) => {
    e.preventDefault()
    if (busy.value) return
    busy.value = true
    failure.value = ''
    try {
      await action(values(e))
    } catch (x) {
      failure.value = words(x)
    } finally {
      busy.value = false
    }
  }
  return { busy, failure, submit }
}

function Register() {
  const { busy, failure, submit } = useAction(async (v) => {
    await begin(await call('register', { handle: v.handle!.trim(), invite: v.invite!.trim() }))
  })
  return <form onSubmit={submit}>
    <Field label={t('handle')} hint={t('handleHint')} name="handle" required autocomplete="username" autocapitalize="none" spellcheck={false} autofocus />
    <details><summary>{t('invite')}</summary><Field label={t('invite')} hint={t('inviteHint')} name="invite" autocomplete="off" /></details>
    {failure.value && <p class="failure" role="alert">{failure.value}</p>}
    <button class="primary wide" disabled={busy.value}>{t('register')}</button>
  </form>
}

function Restore() {
  const way = useSignal<'code' | 'pin'>('code')
  const { busy, failure, submit } = useAction(async (v) => {
    const secret = way.value === 'code' ? { code: v.code } : { pin: v.pin, password: v.password }
    await finish(await call('restore', { handle: v.handle!.trim(), ...secret }))
  })
  if (busy.value) return <Restoring />
  return <form onSubmit={submit}>
    <Field label={t('handle')} name="handle" required autocomplete="username" autocapitalize="none" spellcheck={false} />
    <div class="tabs small" role="tablist">
      <button type="button" role="tab" aria-selected={way.value === 'code'} onClick={() => { way.value = 'code' }}>{t('byCode')}</button>
      <button type="button" role="tab" aria-selected={way.value === 'pin'} onClick={() => { way.value = 'pin' }}>{t('byPin')}</button>
    </div>
    {way.value === 'code'
      ? <Field label={t('code')} hint={t('codeHint')} name="code" required autocomplete="off" autocapitalize="characters" spellcheck={false} class="mono" />
      : <>
        <Field label={t('pin')} name="pin" type="password" required autocomplete="off" />
        <Field label={t('password')} hint={t('passwordHint')} name="password" type="password" required autocomplete="current-password" />
      </>}
    {failure.value && <p class="failure" role="alert">{failure.value}</p>}
    <button class="primary wide">{t('restore')}</button>
  </form>
}

function Restoring() {
  const p = progress.value
  return <div class="restoring" role="status">
    <h2>{t('restoring')}</h2>
    <progress max={p?.total || undefined} value={p && p.total ? p.done : undefined} />
    {p && p.total > 1 && <p>{p.done} / {p.total}</p>}
  </div>
}

/** After a restore: the page at once, the rest behind it. */
async function finish(r: Restored) {
  await begin(await call('whoami'), true)
  openID.value ??= conversations.value[0]?.id ?? null
  performance.mark('first conversation')
  const others = r.keyholders.filter((k) => !k.this)
  if (others.length > 0) await askLost(others)
}

async function askLost(others: Restored['keyholders']) {
  const kept = await ask<string[]>((done) => <form onSubmit={(e) => {
    e.preventDefault()
    done([...(e.currentTarget as HTMLFormElement).querySelectorAll<HTMLInputElement>('input:checked')].map((x) => x.value))
  }}>
    <h2>{t('lostTitle')}</h2>
    <p>{t('lostHint')}</p>
    {others.map((k) => <label class="check"><input type="checkbox" value={k.id} /> {k.name || k.id.slice(0, 8)} <small>{t('since', { date: moment(k.added) })}</small></label>)}
    <div class="actions">
      <button type="button" onClick={() => done(others.map((k) => k.id))}>{t('keepAll')}</button>
      <button class="primary">{t('removeUnchecked')}</button>
    </div>
  </form>)
  if (!kept) return
  const lost = others.filter((k) => !kept.includes(k.id)).map((k) => k.id)
  if (lost.length > 0) await attempt(() => call('removeDevices', { ids: lost }))
}
