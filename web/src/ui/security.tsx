// Secure storage: ways back in, devices, health.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { call } from '../engine/engine'
import type { Keyholder, Vault } from '../engine/types'
import { attempt, panel, refreshWays, restored, restoredWords, tell, waysBack } from '../state/app'
import { brief, moment, t } from '../text'
import { confirmed } from './dialog'
import { Icon } from './icons'
import { makeCode, makePIN, tryOut } from './ways'

const kinds: Record<string, 'kindCode' | 'kindPin' | 'kindPasskey' | 'kindCloud'> = { code: 'kindCode', pin: 'kindPin', PIN: 'kindPin', passkey: 'kindPasskey', cloud: 'kindCloud' }

/** A check's name for people; the detail behind it is the engine's. */
const checkNames = {
  chain: 'checkChain', 'sealed roots': 'checkRoots', 'private log': 'checkPrivateLog', 'ways back': 'ways', realms: 'checkRealms',
  checkpoints: 'checkCheckpoints', deposits: 'checkDeposits', 'sampled messages': 'checkSamples', removals: 'checkRemovals',
} as const
const checkName = (name: string) => (name in checkNames ? t(checkNames[name as keyof typeof checkNames]) : name)

export function Security() {
  const ways = useSignal<Keyholder[]>([])
  const devices = useSignal<Keyholder[]>([])
  const vault = useSignal<Vault | null>(null)
  const checking = useSignal(false)

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
  useEffect(() => { void load().then(check) }, [])

  const removeWay = async (k: Keyholder) => {
    if (!await confirmed(t('removeWay'), t('remove'))) return
    if (await attempt(() => call('removeRecovery', { id: k.id }))) tell(t('removed'))
    await load()
  }
  const removeDevice = async (k: Keyholder) => {
    if (!await confirmed(t('removeDevice'), t('remove'))) return
    await attempt(() => call('removeDevices', { ids: [k.id] }))
    await load()
  }
  return <main class="panel">
    <header><button class="round narrow" aria-label={t('back')} onClick={() => { panel.value = 'chat' }}><Icon name="back" /></button><h2>{t('security')}</h2></header>
    <div class="cards">
      <section class="card">
        <h3>{t('ways')}</h3>
        <p>{t('storageExplained')}</p>
        {waysBack.value === 0 && <p class="failure">{t('waysNone')}</p>}
        {waysBack.value === 1 && <p class="note">{t('waysOne')}</p>}
        <ul class="people">{ways.value.map((k) => <li key={k.id}>
          <Icon name="shield" /><span><b>{t(kinds[k.kind] ?? 'kindCode')}</b><small>{t('since', { date: brief(k.added) })}</small></span>
          <button onClick={() => void tryOut(k)}>{t('test')}</button>
          <button class="plain" aria-label={t('remove')} onClick={() => void removeWay(k)}><Icon name="close" /></button>
        </li>)}</ul>
        <div class="actions start">
          <button class="primary" onClick={() => void makeCode().then(load)}>{t('addCode')}</button>
          <button onClick={() => void makePIN(vault.value).then(load)}>{t('addPin')}</button>
        </div>
      </section>
      <section class="card">
        <h3>{t('devices')}</h3>
        <ul class="people">{devices.value.map((k) => <li key={k.id}>
          <Icon name={k.this ? 'check' : 'clock'} /><span><b>{k.name || k.id.slice(0, 8)}</b><small>{k.this ? t('thisDevice') : t('since', { date: brief(k.added) })}</small></span>
          {!k.this && <button onClick={() => void removeDevice(k)}>{t('remove')}</button>}
        </li>)}</ul>
      </section>
      <section class="card">
        <h3>{t('health')}</h3>
        {vault.value && <p class={`health ${vault.value.state}`}>{t(({ ok: 'stateOk', degraded: 'stateDegraded', broken: 'stateBroken', unknown: 'stateUnknown' } as const)[vault.value.state])}</p>}
        {restored.value && <p class={restored.value.intact ? 'note good' : 'failure'}>{restoredWords(restored.value)}</p>}
        {restored.value && restored.value.gaps.length > 0 && <ul class="plainList">{restored.value.gaps.map((g) => <li key={g.conversation + g.from}><b>{g.name}</b> {g.from}–{g.to}: {g.reason}</li>)}</ul>}
        <ul class="checks">{vault.value?.checks.map((c) => <li key={c.name} class={c.state}><b>{checkName(c.name)}</b><span>{c.detail}</span><small>{t('checkedAt', { time: moment(c.checkedAt) })}</small></li>)}</ul>
        <button disabled={checking.value} onClick={() => void check()}>{checking.value ? t('checking') : t('healthNow')}</button>
      </section>
    </div>
  </main>
}
