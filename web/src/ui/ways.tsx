// Making a way back in, and trying one out.
import { signal, useSignal } from '@preact/signals'
import { call } from '../engine/engine'
import type { Keyholder, Vault } from '../engine/types'
import { attempt, me, tell, words } from '../state/app'
import { t } from '../text'
import { ask } from './dialog'
import { Field } from './field'

/** Makes a recovery code and shows it until it is kept. */
export async function makeCode() {
  const made = await attempt(() => call('addCode'))
  if (!made) return
  const text = `Coffer: ${me.value!.handle}@${me.value!.host}\n${made.code}\n`
  const download = () => {
    const a = document.createElement('a')
    a.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
    a.download = `coffer-${me.value!.handle}.txt`
    a.click()
  }
  await ask<void>((done) => <section class="printed">
    <h2>{t('kindCode')}</h2>
    <p>{t('addCodeHint')}</p>
    <p class="mono code">{made.code}</p>
    <p class="note">{t('codeOnce')}</p>
    <div class="actions">
      <button onClick={() => print()}>{t('print')}</button>
      <button onClick={download}>{t('download')}</button>
      <button onClick={() => void navigator.clipboard.writeText(made.code).then(() => tell(t('copied')))}>{t('copyCode')}</button>
      <button class="primary" onClick={() => done()}>{t('codeKept')}</button>
    </div>
  </section>)
}

/** How hard a PIN is to guess, very roughly: its length and its alphabet. */
function strength(pin: string): 'pinWeak' | 'pinFair' | 'pinStrong' {
  const alphabet = (/\d/.test(pin) ? 10 : 0) + (/[a-z]/.test(pin) ? 26 : 0) + (/[A-Z]/.test(pin) ? 26 : 0) + (/[^\da-zA-Z]/.test(pin) ? 30 : 0)
  const bits = new Set(pin).size < 3 ? 0 : pin.length * Math.log2(Math.max(alphabet, 1))
  return bits < 25 ? 'pinWeak' : bits < 50 ? 'pinFair' : 'pinStrong'
}

// A PIN that is never typed is forgotten: it is asked for again after a day, then
// after ever longer times. Kept here is only when it was last right.
const day = 86_400_000
const pauses = [1, 3, 7, 14, 30]

interface Practice { at: number; times: number }

function practice(): Practice | null {
  const p = JSON.parse(localStorage.getItem('pin practice') ?? 'null') as Practice | null
  return p && typeof p.at === 'number' && typeof p.times === 'number' ? p : null
}

function due(): boolean {
  const p = practice()
  return p !== null && Date.now() - p.at > pauses[Math.min(p.times, pauses.length - 1)]! * day
}

/** Whether it is time to ask for the PIN again. */
export const pinDue = signal(due())

function practised(p: Practice | null) {
  if (p) localStorage.setItem('pin practice', JSON.stringify(p))
  else localStorage.removeItem('pin practice')
  pinDue.value = due()
}

/** Asks for the PIN, so that it stays in memory. */
export async function repeatPIN() {
  const k = (await attempt(() => call('recoveryMethods')))?.find((x) => isPIN(x))
  if (k) await tryOut(k)
  else practised(null) // it has been removed meanwhile
}

const isPIN = (k: Keyholder) => k.kind.toLowerCase() === 'pin'

export async function makePIN(vault: Vault | null) {
  await ask<void>((done) => <PIN done={() => done()} vault={vault} />)
}

function PIN({ done, vault }: { done: () => void; vault: Vault | null }) {
  const pin = useSignal('')
  const failure = useSignal('')
  const busy = useSignal(false)
  const submit = async (e: Event) => {
    e.preventDefault()
    const v = Object.fromEntries(new FormData(e.currentTarget as HTMLFormElement)) as Record<string, string>
    if (v.pin !== v.again) {
      failure.value = t('pinDiffers')
      return
    }
    busy.value = true
    try {
      await call('addPIN', { pin: v.pin!, password: v.password! })
      practised({ at: Date.now(), times: 0 })
      done()
    } catch (x) {
      failure.value = words(x)
    } finally {
      busy.value = false
    }
  }
  return <form onSubmit={submit}>
    <h2>{t('addPin')}</h2>
    <p>{t('addPinHint', { realms: vault?.realms || 3 })}</p>
    {vault && vault.operators < 2 && <p class="note">{t('pinOneOperator')}</p>}
    <Field label={t('pin')} hint={t('pinHint')} name="pin" type="password" required minLength={6} autocomplete="new-password" autofocus onInput={(e) => { pin.value = e.currentTarget.value }}>
      {pin.value.length >= 6 && <small class={strength(pin.value)}>{t(strength(pin.value))}</small>}
    </Field>
    <Field label={t('pinAgain')} name="again" type="password" required autocomplete="new-password" />
    <Field label={t('password')} hint={t('whyPassword')} name="password" type="password" required autocomplete="new-password" />
    {failure.value && <p class="failure" role="alert">{failure.value}</p>}
    <div class="actions"><button type="button" onClick={done}>{t('cancel')}</button><button class="primary" disabled={busy.value}>{busy.value ? t('checking') : t('addPin')}</button></div>
  </form>
}

/** Proves that a way back works. */
export async function tryOut(k: Keyholder) {
  await ask<void>((done) => <TryOut keyholder={k} done={() => done()} />)
}

function TryOut({ keyholder: k, done }: { keyholder: Keyholder; done: () => void }) {
  const failure = useSignal('')
  const busy = useSignal(false)
  const asksPIN = isPIN(k)
  const submit = async (e: Event) => {
    e.preventDefault()
    const secret = String(new FormData(e.currentTarget as HTMLFormElement).get('secret'))
    busy.value = true
    try {
      await call('testRecovery', asksPIN ? { pin: secret } : { code: secret })
      if (asksPIN) practised({ at: Date.now(), times: (practice()?.times ?? 0) + 1 })
      done()
      tell(t('testRight'))
    } catch (x) {
      failure.value = words(x)
    } finally {
      busy.value = false
    }
  }
  return <form onSubmit={submit}>
    <h2>{t('test')}</h2>
    <p>{t('testExplained')}</p>
    {asksPIN ? <Field label={t('pin')} name="secret" type="password" required autocomplete="off" autofocus />
      : <Field label={t('code')} hint={t('codeHint')} name="secret" required autocomplete="off" spellcheck={false} class="mono" autofocus />}
    {failure.value && <p class="failure" role="alert">{failure.value}</p>}
    <div class="actions"><button type="button" onClick={done}>{t('cancel')}</button><button class="primary" disabled={busy.value}>{busy.value ? t('checking') : t('test')}</button></div>
  </form>
}
