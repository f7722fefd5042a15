// Notifications on this device: on or off, and how much they show.
import { allowed, possible, setting, show, turnOff, turnOn, woken } from '../state/notify'
import { t } from '../text'

const shows = { text: 'notifyText', name: 'notifyName', nothing: 'notifyNothing' } as const

export function Notifications() {
  const s = setting.value
  if (!possible || !s) return null
  const on = s.on && allowed.value === 'granted'
  return <section class="card">
    <h3>{t('notify')}</h3>
    {allowed.value === 'denied' ? <p>{t('notifyDenied')}</p> : <button onClick={() => void (on ? turnOff() : turnOn())}>{t(on ? 'notifyOff' : 'notifyOn')}</button>}
    {on && <label class="choice">{t('notifyShow')}<select value={s.show} onChange={(e) => void show(e.currentTarget.value as keyof typeof shows)}>
      {Object.entries(shows).map(([value, text]) => <option key={value} value={value}>{t(text)}</option>)}
    </select></label>}
    <p class="fine" role="status">{on && woken.value !== null && t(woken.value ? 'notifyWoken' : 'notifyOpen')}</p>
    <p class="fine">{t('notifyLearns')}</p>
  </section>
}
