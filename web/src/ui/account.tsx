// The account itself: its sign-in password, and its end.
import { useSignal } from '@preact/signals'
import { call } from '../engine/engine'
import type { Closed } from '../engine/types'
import { attempt, me, tell } from '../state/app'
import { startOver } from '../state/storage'
import { said, t } from '../text'
import { Ending } from './buttons'
import { ask } from './dialog'
import { Field } from './field'
import { useAction } from './form'
import { download } from './keyfile'

export function AccountCard() {
  const password = async () => {
    const ways = await attempt(() => call('recoveryMethods'))
    if (ways) await ask<void>((done) => <Password pin={ways.some((k) => k.kind === 'pin')} done={() => done()} />)
  }
  return <section class="card">
    <h3>{t('account')}</h3>
    <div class="actions start">
      <button onClick={() => void password()}>{t('changePassword')}</button>
      <button class="danger" onClick={() => void ask<void>((done) => <Close done={() => done()} />)}>{t('closeAccount')}</button>
    </div>
  </section>
}

function Password({ pin, done }: { pin: boolean; done: () => void }) {
  const { busy, failure, submit } = useAction(async (v) => {
    await call('changePassword', { password: v.password!, ...(pin && { pin: v.pin! }) })
    done()
    tell(t('passwordChanged'))
  })
  return <form onSubmit={submit}>
    <h2>{t('changePassword')}</h2>
    <p>{t('changePasswordHint')}</p>
    <Field label={t('newPassword')} name="password" type="password" required autocomplete="new-password" autofocus />
    {pin && <Field label={t('pin')} hint={t('changePasswordPin')} name="pin" type="password" required autocomplete="off" />}
    <Ending yes={t('save')} cancel={done} busy={busy.value} failure={failure.value} />
  </form>
}

const going = ['closeAccount1', 'closeAccount2', 'closeAccount3', 'closeAccount4'] as const

/** Closes the account, once its handle is typed, and shows the receipt until this page is emptied. */
function Close({ done }: { done: () => void }) {
  const handle = me.value!.handle
  const typed = useSignal('')
  const end = useSignal<Closed | null>(null)
  const { busy, failure, submit } = useAction(async () => { end.value = await call('closeAccount') })
  if (end.value) return <Receipt of={end.value} />
  return <form onSubmit={submit}>
    <h2>{t('closeAccount')}</h2>
    <ul class="plainList">{going.map((k) => <li key={k}>{t(k)}</li>)}</ul>
    <Field label={t('closeType', { handle })} name="handle" required autocomplete="off" autocapitalize="none" spellcheck={false} onInput={(e) => { typed.value = e.currentTarget.value }} />
    {failure.value && <p class="failure" role="alert">{failure.value}</p>}
    <div class="actions"><button type="button" disabled={busy.value} onClick={done}>{t('cancel')}</button>
      <button class="danger" disabled={busy.value || typed.value.trim().toLowerCase() !== handle}>{t(busy.value ? 'closing' : 'closeAccount')}</button></div>
  </form>
}

function Receipt({ of: r }: { of: Closed }) {
  const lines = (kept: boolean) => <ul class="counts">{r.lines.filter((x) => x.kept === kept && x.count > 0).map((x) => <li key={x.what}><b>{x.count}</b> {said(x.what) ?? x.what}</li>)}</ul>
  return <section role="status">
    <h2>{t('closed')}</h2>
    <p>{t('closedSigned', { host: r.host })}</p>
    {lines(false)}
    <p>{t('closedKeeps')}</p>
    {lines(true)}
    {r.leftOver.length > 0 && <><p class="note">{t('closedLeft')}</p><ul class="plainList">{r.leftOver.map((x) => <li key={x}>{said(x) ?? x}</li>)}</ul></>}
    <p>{t('closedMore')}</p>
    <div class="actions">
      <button class="primary" onClick={() => download(`coffer-receipt-${r.handle}.txt`, r.receipt)}>{t('receipt')}</button>
      <button class="danger" onClick={() => void startOver()}>{t('emptyPage')}</button>
    </div>
  </section>
}
