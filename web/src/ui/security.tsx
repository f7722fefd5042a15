// Secure storage: ways back in, devices, health.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { call } from '../engine/engine'
import type { Check, Keyholder, Reset, Vault } from '../engine/types'
import { attempt, panel, refreshWays, tell, waysBack } from '../state/app'
import { before, restored, restoredWords } from '../state/session'
import { kept } from '../state/storage'
import { brief, language, moment, said, t } from '../text'
import { Devices } from './devices'
import { confirmed } from './dialog'
import { GuessLog } from './guesses'
import { Icon } from './icons'
import { points } from './intro'
import { Keeping } from './keeping'
import { makeFile } from './keyfile'
import { makePasskey, passkeys } from './passkey'
import { kinds, makeCode, makePIN, tryOut } from './ways'

/** A check's name for people; the detail behind it is the engine's. */
const checkNames = {
  chain: 'checkChain', 'sealed roots': 'checkRoots', 'private log': 'checkPrivateLog', 'ways back': 'ways', realms: 'checkRealms',
  checkpoints: 'checkCheckpoints', deposits: 'checkDeposits', 'sampled messages': 'checkSamples', removals: 'checkRemovals', 'not kept': 'checkUnkept', cloud: 'checkCloud',
} as const
const checkName = (name: string) => (name in checkNames ? t(checkNames[name as keyof typeof checkNames]) : name)

const stateNames = { ok: 'stateOk', degraded: 'stateDegraded', broken: 'stateBroken', unknown: 'stateUnknown' } as const

/** What a check found; where the language has no words for it, how it is. */
const detail = (c: Check) => said(c.form || c.detail, c.values) ?? (language === 'en' ? c.detail : t(stateNames[c.state]))

export function Security() {
  const ways = useSignal<Keyholder[]>([])
  const devices = useSignal<Keyholder[]>([])
  const vault = useSignal<Vault | null>(null)
  const checking = useSignal(false)
  const old = useSignal<Reset | null>(null)

  const load = async () => {
    await attempt(async () => {
      ways.value = await call('recoveryMethods')
      devices.value = await call('devices')
    })
    await refreshWays()
  }
  const check = async () => {
    checking.value = true
    vault.value = (await attempt(() => call('vaultStatus'))) ?? null
    checking.value = false
  }
  useEffect(() => { void load().then(check).then(load) }, [])
  useEffect(() => { if (!before) void call('beforeReset').then((r) => { old.value = r }, () => undefined) }, [])

  const found = (name: string) => vault.value?.checks.find((c) => c.name === name)
  const removeWay = async (k: Keyholder) => {
    if (!await confirmed(t('removeWay'), t('remove'))) return
    if (await attempt(() => call('removeRecovery', { id: k.id }))) tell(t('removed'))
    await load()
  }
  return <main class="panel">
    <header><button class="round narrow" aria-label={t('back')} onClick={() => { panel.value = 'chat' }}><Icon name="back" /></button><h2>{t('security')}</h2></header>
    <div class="cards">
      <section class="card">
        <h3>{t('ways')}</h3>
        <ul class="plainList">{points.map((k) => <li key={k}>{t(k)}</li>)}</ul>
        {waysBack.value === 0 && <p class="failure">{t('waysNone')}</p>}
        {waysBack.value === 1 && <p class="note">{t('waysOne')}</p>}
        <ul class="people">{ways.value.map((k) => <li key={k.id}>
          <Icon name="shield" /><span><b>{t(kinds[k.kind])}</b><small>{[k.kind === 'passkey' && k.name, t('since', { date: brief(k.added) }), k.spent ? t('spent') : k.tested ? t('tested', { date: brief(k.tested) }) : t('untested')].filter(Boolean).join(' · ')}</small></span>
          <button aria-label={`${t('test')}: ${t(kinds[k.kind])}`} onClick={() => void tryOut(k).then(load)}>{t('test')}</button>
          <button class="plain" aria-label={`${t('remove')}: ${t(kinds[k.kind])}`} onClick={() => void removeWay(k)}><Icon name="close" /></button>
        </li>)}</ul>
        <div class="actions start">
          <button class="primary" onClick={() => void makeCode().then(load)}>{t('addCode')}</button>
          <button onClick={() => void makePIN(vault.value).then(load)}>{t('addPin')}</button>
          {passkeys && <button onClick={() => void attempt(makePasskey).then(load)}>{t('addPasskey')}</button>}
          <button onClick={() => void makeFile().then(load)}>{t('addFile')}</button>
        </div>
      </section>
      {old.value && Date.parse(old.value.kept) > Date.now() && <section class="card">
        <h3>{t('beforeTitle')}</h3>
        <p>{t('beforeKept', { date: moment(old.value.kept) })}</p>
        <p><a href="/?before" target="_blank">{t('beforeOpen')}</a></p>
      </section>}
      <Devices list={devices.value} load={load} removals={found('removals')} />
      {vault.value && !before && <Keeping on={vault.value.on} changed={check} />}
      <section class="card">
        <h3>{t('health')}</h3>
        {vault.value && <p class={`health ${vault.value.state}`}>{t(stateNames[vault.value.state])}</p>}
        {restored.value && <p class={restored.value.intact ? 'note good' : 'failure'}>{restoredWords(restored.value)}</p>}
        {restored.value && restored.value.gaps.length > 0 && <ul class="plainList">{restored.value.gaps.map((g) => <li key={g.conversation + g.from}><b>{g.name}</b> {g.from}–{g.to}: {said(g.reason) ?? (language === 'en' ? g.reason : t('errFailed'))}</li>)}</ul>}
        {restored.value && restored.value.unkept.length > 0 && <p class="note">{t('unkept', { messages: restored.value.unkept.reduce((n, g) => n + (g.messages ?? 0), 0) })}</p>}
        <ul class="checks">{vault.value?.checks.map((c) => <li key={c.name} class={c.state}><b>{checkName(c.name)}</b><span>{detail(c)}</span><small>{t('checkedAt', { time: brief(c.checkedAt) })}</small></li>)}</ul>
        {kept.value === false && <p class="fine">{t('storageMay')}</p>}
        <button disabled={checking.value} onClick={() => void check()}>{checking.value ? t('checking') : t('healthNow')}</button>
        {ways.value.some((k) => k.kind === 'pin') && <GuessLog left={found('realms')?.values[2]} />}
      </section>
    </div>
  </main>
}
