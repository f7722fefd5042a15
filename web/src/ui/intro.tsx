// Secure storage, in one screen: for who has no way back in yet.
import { panel } from '../state/app'
import { t } from '../text'
import { Icon } from './icons'

export const points = ['intro1', 'intro2', 'intro3'] as const

export function Intro() {
  return <main class="middle"><section class="card intro">
    <h2>{t('introTitle')}</h2>
    <ul class="plainList">{points.map((k) => <li key={k}>{t(k)}</li>)}</ul>
    <button class="primary wide" onClick={() => { panel.value = 'security' }}><Icon name="shield" /> {t('setUp')}</button>
    <p class="fine">{t('pickChat')}</p>
  </section></main>
}
