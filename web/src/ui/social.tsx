// Who is typing, and what the person lets others see.
import { useEffect } from 'preact/hooks'
import { privacy, readPrivacy, setPrivacy, typists } from '../state/social'
import { t } from '../text'

export function Typists({ conversation }: { conversation: string }) {
  const handles = Object.values(typists.value[conversation] ?? {}).join(', ')
  return <p class="typists" role="status">{handles && t('typing', { handles })}</p>
}

export function PrivacyCard() {
  useEffect(() => void readPrivacy().catch(() => undefined), [])
  const p = privacy.value
  if (!p) return null
  return <section class="card">
    <h3>{t('privacy')}</h3>
    <label class="choice">{t('showRead')}<input type="checkbox" checked={p.readMarks} onChange={(e) => void setPrivacy({ ...p, readMarks: e.currentTarget.checked })} /></label>
    <label class="choice">{t('showTyping')}<input type="checkbox" checked={p.typing} onChange={(e) => void setPrivacy({ ...p, typing: e.currentTarget.checked })} /></label>
    <p class="fine">{t('privacyBoth')}</p>
  </section>
}
