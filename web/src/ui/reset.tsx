// Everything is lost: the handle for a new account, what that means, and the wait.
import { batch, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { call } from '../engine/engine'
import type { Calls, Reset } from '../engine/types'
import { phase } from '../state/app'
import { awaited, begin } from '../state/session'
import { startOver } from '../state/storage'
import { moment, t } from '../text'
import { ask, confirmed } from './dialog'
import { Field } from './field'
import { useAction } from './form'
import { Mark } from './mark'

/** Asks, or looks how far it is, and goes on to where that leads. */
async function look(p: Parameters<Calls['reset']>[0]) {
  const r = await call('reset', p)
  if (!r.done) {
    batch(() => { awaited.value = r; phase.value = 'waiting' })
    return
  }
  await begin(await call('whoami'))
  await ask<void>((done) => <section>
    <h2>{t('resetDone', { handle: r.handle })}</h2>
    <p>{t('resetDoneMore', { date: moment(r.kept) })}</p>
    <div class="actions"><button class="primary" onClick={() => done()}>{t('close')}</button></div>
  </section>)
}

/** The operator's code, for who has no password. */
const Code = (attributes: { required?: boolean }) =>
  <Field label={t('resetCode')} hint={t('resetCodeHint')} name="code" autocomplete="off" spellcheck={false} class="mono" {...attributes} />

/** The form that asks. */
export function Lost({ back }: { back: () => void }) {
  const coded = useSignal(false)
  const { busy, failure, submit } = useAction((v) => look({ handle: v.handle!.trim(), password: v.password, code: v.code?.trim() }))
  return <form onSubmit={submit}>
    <h2>{t('lostAll')}</h2>
    <ul class="plainList">{(['resetIs1', 'resetIs2', 'resetIs3', 'resetIs4'] as const).map((k) => <li key={k}>{t(k)}</li>)}</ul>
    <Field label={t('handle')} name="handle" required autocomplete="username" autocapitalize="none" spellcheck={false} autofocus />
    <div class="tabs small" role="tablist">
      <button type="button" role="tab" aria-selected={!coded.value} onClick={() => { coded.value = false }}>{t('password')}</button>
      <button type="button" role="tab" aria-selected={coded.value} onClick={() => { coded.value = true }}>{t('resetCode')}</button>
    </div>
    {coded.value ? <Code required /> : <Field label={t('password')} hint={t('resetPasswordHint')} name="password" type="password" required autocomplete="current-password" />}
    {failure.value && <p class="failure" role="alert">{failure.value}</p>}
    <div class="actions"><button type="button" onClick={back}>{t('back')}</button><button class="primary" disabled={busy.value}>{busy.value ? t('checking') : t('resetAsk')}</button></div>
  </form>
}

/** The screen of a browser that waits for a handle. */
export function Waiting({ of: r }: { of: Reset }) {
  const { busy, failure, submit } = useAction((v) => look({ handle: r.handle, code: v.code?.trim() }))
  const due = Date.parse(r.due)
  useEffect(() => {
    if (due - Date.now() > 86_400_000) return
    const timer = setTimeout(() => void submit(), Math.max(due - Date.now(), 0) + 1000)
    return () => clearTimeout(timer)
  }, [due])
  return <main class="welcome">
    <h1><Mark /></h1>
    <section class="card">
      <form onSubmit={submit}>
        <h2>{t('waiting', { handle: r.handle })}</h2>
        <p>{t('waitingFor', { date: moment(r.due) })}</p>
        <p class="note">{t('waitingHere')}</p>
        <details><summary>{t('resetCode')}</summary><Code /></details>
        {failure.value && <p class="failure" role="alert">{failure.value}</p>}
        <button class="primary wide" disabled={busy.value}>{busy.value ? t('checking') : t('waitingLook')}</button>
      </form>
      <div class="actions start">
        <button onClick={() => { phase.value = 'welcome' }}>{t('waitingFound')}</button>
        <button class="danger" onClick={() => void confirmed(t('waitingStopAsk', { handle: r.handle }), t('waitingStop')).then((yes) => { if (yes) void startOver() })}>{t('waitingStop')}</button>
      </div>
    </section>
  </main>
}
