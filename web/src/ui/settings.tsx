// Language and colours, and what this server learns.
import { me, panel } from '../state/app'
import { before } from '../state/session'
import { language, languages, setLanguage, t } from '../text'
import { setTheme, theme, themes } from '../theme'
import { AccountCard } from './account'
import { Held } from './held'
import { Icon } from './icons'
import { PrivacyCard } from './social'
import { Notifications } from './notifications'
import { ProfileCard } from './profile'

const learns = ['learnsWho', 'learnsSizes', 'learnsChain', 'learnsAddress'] as const
const never = ['neverText', 'neverNames', 'neverKeys'] as const

export function Settings() {
  return <main class="panel">
    <header><button class="round narrow" aria-label={t('back')} onClick={() => { panel.value = 'chat' }}><Icon name="back" /></button><h2>{t('settings')}</h2></header>
    <div class="cards">
      <ProfileCard />
      <section class="card">
        <h3>{t('appearance')}</h3>
        <label class="choice">{t('language')}<select value={language} onChange={(e) => setLanguage(e.currentTarget.value)}>
          {Object.entries(languages).map(([code, name]) => <option key={code} value={code} lang={code}>{name}</option>)}
        </select></label>
        <label class="choice">{t('theme')}<select value={theme.value} onChange={(e) => setTheme(e.currentTarget.value)}>
          {themes.map((x) => <option key={x.name} value={x.name}>{t(x.text)}</option>)}
        </select></label>
      </section>
      <PrivacyCard />
      <Notifications />
      {!before && <AccountCard />}
      <section class="card">
        <h3>{t('about')}</h3>
        <p>{me.value?.host}</p>
        <h4>{t('learns')}</h4>
        <ul class="plainList">{learns.map((k) => <li key={k}>{t(k)}</li>)}</ul>
        <h4>{t('never')}</h4>
        <ul class="plainList">{never.map((k) => <li key={k}>{t(k)}</li>)}</ul>
        <Held />
        <p class="fine">{t('verifyWeb', { url: location.origin })}</p>
      </section>
    </div>
  </main>
}
