// Above every screen: what the person must not overlook (state/alarms.ts).
import { useSignal } from '@preact/signals'
import type { Notice } from '../engine/types'
import { keepAccount, notices, ownReset, putAway } from '../state/alarms'
import { online, openID, panel, tell } from '../state/app'
import { outdated } from '../state/build'
import { moment, t } from '../text'
import { Icon } from './icons'
import { decide } from './renewed'
import { kinds } from './ways'

export function Bars() {
  const [first, ...more] = notices.value
  return <div class="bars">
    {!online.value && <p class="bar" role="status">{t('offline')}</p>}
    {outdated.value && <div class="bar" role="status"><p>{t('newBuild')}</p><button onClick={() => location.reload()}>{t('reload')}</button></div>}
    <Own />
    {first && <Told notice={first} more={more.length} />}
  </div>
}

/** Somebody asks for this account's handle, or has got it. */
function Own() {
  const busy = useSignal(false)
  const o = ownReset.value
  if (o?.state === 'done') return <p class="bar alarm">{t('ownDone', { date: moment(o.at), kept: moment(o.kept) })}</p>
  if (o?.state !== 'asked') return null
  const stop = async () => {
    busy.value = true
    if (await keepAccount()) tell(t('ownStopped'))
    busy.value = false
  }
  return <div class="bar alarm" role="alert">
    <Icon name="warn" /><p><b>{t('ownAsked', { date: moment(o.at) })}</b> {t('ownAskedMore')}</p>
    <button class="danger" disabled={busy.value} onClick={() => void stop()}>{t('ownStop')}</button>
  </div>
}

function Told({ notice: n, more }: { notice: Notice; more: number }) {
  const security = () => { openID.value = null; panel.value = 'security' }
  return <div class="bar told" role="status">
    <Icon name="shield" /><p>{noticeWords(n)}</p>
    {n.kind === 'contact' ? <button onClick={() => void decide(n.text)}>{t('decide')}</button>
      : n.kind !== 'vault' && n.kind !== 'deposit' && <button onClick={security}>{t('look')}</button>}
    <button onClick={() => void putAway(n)}>{t('seen')}{more > 0 && ` (+${more})`}</button>
  </div>
}

/** A device by its name; a way back by its kind, for its name is of one language. */
const called = (name: string, kind: Notice['what']) => kind && kind !== 'device' ? t(kinds[kind]) : name || t(kind ? kinds[kind] : 'unknownDevice')

/** What a notice says. */
function noticeWords(n: Notice): string {
  const date = moment(n.time)
  const what = called(n.name, n.what)
  const by = called(n.byName, n.byWhat)
  switch (n.kind) {
    case 'added': return t('toldAdded', { what, by, date })
    case 'recovered': return t('toldRecovered', { what, by, date })
    case 'removed': return t('toldRemoved', { what, by, date })
    case 'vault': return t(n.text === 'on' ? 'toldVaultOn' : 'toldVaultOff', { by, date })
    case 'guess': return t('toldGuess', { count: n.guesses, wrong: n.wrong, date })
    case 'locked': return t('toldLocked', { date })
    case 'realm': return n.text ? t('toldRealm', { realm: n.text }) : t('toldRealms', { date })
    case 'reset': return t('toldStopped', { date })
    case 'deposit': return t('toldDeposit', { handle: n.handle ?? '', device: n.device?.slice(0, 8) ?? '', conversation: n.conversationName ?? '', date })
    case 'contact': return t('renewed', { handle: n.text, date })
  }
}
