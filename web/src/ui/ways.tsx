// Making a way back in, and trying one out.
import { useSignal } from '@preact/signals'
import { call } from '../engine/engine'
import type { Keyholder, Vault } from '../engine/types'
import { attempt, me, refreshWays, tell } from '../state/app'
import { t } from '../text'
import { Ending } from './buttons'
import { ask } from './dialog'
import { Field } from './field'
import { useAction } from './form'
import { chosen, download, KeyFile } from './keyfile'
import { passkeySecret } from './passkey'

/** What each kind of keyholder is called. */
export const kinds = { device: 'devices', code: 'kindCode', pin: 'kindPin', passkey: 'kindPasskey', cloud: 'kindCloud' } as const

/** Makes a recovery code and shows it until it is kept. */
export async function makeCode() {
  const made = await attempt(() => call('addCode'))
  if (!made) return
  const text = `Coffer: ${me.value!.handle}@${me.value!.host}\n${made.code}\n`
  await ask<void>((done) => <section class="printed">
    <h2>{t('kindCode')}</h2>
    <p>{t('addCodeHint')}</p>
    <p class="mono code">{made.code}</p>
    <p class="note">{t('codeOnce')}</p>
    <div class="actions">
      <button onClick={() => print()}>{t('print')}</button>
      <button onClick={() => download(`coffer-${me.value!.handle}.txt`, text)}>{t('download')}</button>
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

/** Asks for the PIN, so that it stays in memory. */
export async function repeatPIN() {
  const k = (await attempt(() => call('recoveryMethods')))?.find((x) => isPIN(x))
  if (k) await tryOut(k)
  await attempt(refreshWays)
}

const isPIN = (k: Keyholder) => k.kind === 'pin'

export async function makePIN(vault: Vault | null) {
  await ask<void>((done) => <PIN done={() => done()} vault={vault} />)
}

function PIN({ done, vault }: { done: () => void; vault: Vault | null }) {
  const pin = useSignal('')
  const { busy, failure, submit } = useAction(async (v) => {
    if (v.pin !== v.again) {
      failure.value = t('pinDiffers')
      return
    }
    await call('addPIN', { pin: v.pin!, password: v.password! })
    done()
  })
  return <form onSubmit={submit}>
    <h2>{t('addPin')}</h2>
    <p>{t('addPinHint', { realms: vault?.realms || 3 })}</p>
    {vault && vault.operators < 2 && <p class="note">{t('pinOneOperator')}</p>}
    <Field label={t('pin')} hint={t('pinHint')} name="pin" type="password" required minLength={6} autocomplete="new-password" autofocus onInput={(e) => { pin.value = e.currentTarget.value }}>
      {pin.value.length >= 6 && <small class={strength(pin.value)}>{t(strength(pin.value))}</small>}
    </Field>
    <Field label={t('pinAgain')} name="again" type="password" required autocomplete="new-password" />
    <Field label={t('password')} hint={t('whyPassword')} name="password" type="password" required autocomplete="new-password" />
    <Ending yes={t('addPin')} cancel={done} busy={busy.value} failure={failure.value} />
  </form>
}

/** Proves that a way back works. */
export async function tryOut(k: Keyholder) {
  if (k.kind === 'passkey') {
    if (await attempt(async () => call('testRecovery', { passkey: await passkeySecret() }))) tell(t('testRight'))
    return
  }
  await ask<void>((done) => <TryOut kind={k.kind} done={() => done()} />)
}

function TryOut({ kind, done }: { kind: string; done: () => void }) {
  const { busy, failure, submit } = useAction(async ({ secret, file, password }) => {
    await call('testRecovery', kind === 'pin' ? { pin: secret! } : kind === 'cloud' ? { cloudFile: await chosen(file), password: password! } : { code: secret! })
    done()
    tell(t('testRight'))
  })
  return <form onSubmit={submit}>
    <h2>{t('test')}</h2>
    <p>{t('testExplained')}</p>
    {kind === 'pin' ? <Field label={t('pin')} name="secret" type="password" required autocomplete="off" autofocus />
      : kind === 'cloud' ? <KeyFile />
        : <Field label={t('code')} hint={t('codeHint')} name="secret" required autocomplete="off" spellcheck={false} class="mono" autofocus />}
    <Ending yes={t('test')} cancel={done} busy={busy.value} failure={failure.value} />
  </form>
}
