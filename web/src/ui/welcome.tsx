// The first screen: a new account, or an old one brought back.
import { batch, useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { call } from '../engine/engine'
import type { Calls, Restored } from '../engine/types'
import { attempt, conversations, openID, progress } from '../state/app'
import { begin, before } from '../state/session'
import { brief, moment, t } from '../text'
import { ask } from './dialog'
import { Field } from './field'
import { LinkNew, typed, useLinking } from './link'
import { useAction, values } from './form'
import { Mark } from './mark'
import { passkeys, passkeySecret } from './passkey'
import { chosen, KeyFile } from './keyfile'
import { Lost } from './reset'

export function Welcome() {
  const known = useSignal(false)
  const lost = useSignal(false)
  return <main class="welcome">
    <h1><Mark /></h1>
    <p class="tagline">{t('tagline')}</p>
    {before ? <section class="card"><h2>{t('beforeTitle')}</h2><p>{t('beforeHint')}</p><Restore /></section>
    : lost.value ? <section class="card"><Lost back={() => { lost.value = false }} /></section>
    : <section class="card">
      <div class="tabs" role="tablist">
        <button role="tab" aria-selected={!known.value} onClick={() => { known.value = false }}>{t('newHere')}</button>
        <button role="tab" aria-selected={known.value} onClick={() => { known.value = true }}>{t('comeBack')}</button>
      </div>
      {known.value ? <Restore /> : <Register />}
      {known.value && <button class="plain said" onClick={() => { lost.value = true }}>{t('lostAll')}</button>}
    </section>}
    <p class="fine">{t('firstLoad')}</p>
  </main>
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

const waysBack = { code: 'byCode', pin: 'byPin', passkey: 'kindPasskey', file: 'kindCloud', device: 'byDevice' } as const
type Way = keyof typeof waysBack

/** What is asked of the person for a way back; of a passkey it is the browser that asks. */
async function secretOf(way: Way, v: Record<string, string>): Promise<Parameters<Calls['restore']>[0]> {
  const handle = v.handle!.trim()
  switch (way) {
    case 'passkey': return { handle, passkey: await passkeySecret(handle) }
    case 'file': return { handle, password: v.password, cloudFile: await chosen(v.file) }
    case 'pin': return { handle, pin: v.pin, password: v.password }
    default: return { handle, code: v.code }
  }
}

function Restore() {
  const way = useSignal<Way>('code')
  const form = useRef<HTMLFormElement>(null)
  const { busy, failure, submit } = useAction(async (v) => finish(await call('restore', { ...await secretOf(way.value, v), before })))
  const link = useLinking(async () => begin(await call('whoami'), true))
  const handle = () => form.current!.reportValidity() ? form.current!.elements.namedItem('handle') as HTMLInputElement : null
  return <form ref={form} onSubmit={(e) => {
    if (way.value !== 'device') return submit(e)
    const v = values(e)
    typed(link, v.code?.trim() ?? '', v.handle!.trim())
  }}>
    {busy.value && <Restoring />}
    <div hidden={busy.value}>
      <Field label={t('handle')} name="handle" required autocomplete="username webauthn" autocapitalize="none" spellcheck={false} />
      <div class="tabs small many" role="tablist">
        {(Object.keys(waysBack) as Way[]).filter((w) => (w !== 'passkey' || passkeys) && (w !== 'device' || !before)).map((w) =>
          <button type="button" key={w} role="tab" aria-selected={way.value === w} onClick={() => { link.stop(); batch(() => { way.value = w; failure.value = '' }) }}>{t(waysBack[w])}</button>)}
      </div>
      {way.value === 'code' && <Field label={t('code')} hint={t('codeHint')} name="code" required autocomplete="off" autocapitalize="characters" spellcheck={false} class="mono" />}
      {way.value === 'pin' && <>
        <Field label={t('pin')} name="pin" type="password" required autocomplete="off" />
        <Field label={t('password')} hint={t('passwordHint')} name="password" type="password" required autocomplete="current-password" />
      </>}
      {way.value === 'file' && <KeyFile />}
      {way.value === 'device' ? <LinkNew of={link} handle={() => handle()?.value.trim() ?? ''} /> : <>
        {failure.value && <p class="failure" role="alert">{failure.value}</p>}
        <button class="primary wide">{t('restore')}</button>
      </>}
    </div>
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
  if (others.length > 0 && !before) await askLost(others)
}

async function askLost(others: Restored['keyholders']) {
  const kept = await ask<string[]>((done) => <form onSubmit={(e) => {
    e.preventDefault()
    done([...(e.currentTarget as HTMLFormElement).querySelectorAll<HTMLInputElement>('input:checked')].map((x) => x.value))
  }}>
    <h2>{t('lostTitle')}</h2>
    <p>{t('lostHint')}</p>
    {others.map((k) => <label class="check"><input type="checkbox" value={k.id} /> {k.name || k.id.slice(0, 8)} <small>{[t('since', { date: moment(k.added) }), k.lastSeen && t('lastSeen', { date: brief(k.lastSeen) })].filter(Boolean).join(' · ')}</small></label>)}
    <div class="actions">
      <button type="button" onClick={() => done(others.map((k) => k.id))}>{t('keepAll')}</button>
      <button class="primary">{t('removeUnchecked')}</button>
    </div>
  </form>)
  if (!kept) return
  const lost = others.filter((k) => !kept.includes(k.id)).map((k) => k.id)
  if (lost.length > 0) await attempt(() => call('removeDevices', { ids: lost }))
}
