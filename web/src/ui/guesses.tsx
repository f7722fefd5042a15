// What the guardians of the PIN say of who tried it (docs/web.md).
import { useSignal } from '@preact/signals'
import { call } from '../engine/engine'
import type { Guesses } from '../engine/types'
import { attempt } from '../state/app'
import { moment, t } from '../text'

/** The log, once it is asked for; left is how many tries there still are. */
export function GuessLog({ left }: { left?: string }) {
  const log = useSignal<Guesses | null>(null)
  const busy = useSignal(false)
  const look = async () => {
    log.value = await attempt(() => call('guessLog'), busy) ?? null
  }
  const g = log.value
  if (!g) return <button disabled={busy.value} onClick={() => void look()}>{t('guesses')}</button>
  return <section class="guesses" aria-label={t('guesses')}>
    <h4>{t('guesses')}</h4>
    <p class="fine">{t('guessesHint')}</p>
    {left && <p>{t('guessesLeft', { count: left })}</p>}
    {g.missing.length > 0 && <p class="note">{t('guessesMissing', { realms: g.missing.join(', ') })}</p>}
    {[...new Set(g.log.map((x) => x.realm))].map((realm) => <details key={realm} open>
      <summary><bdi>{realm}</bdi></summary>
      <ol>{g.log.filter((x) => x.realm === realm).reverse().map((x) => <li key={x.seq} class={x.event}><b>{t(`guess_${x.event}`)}</b> <time dateTime={x.time}>{moment(x.time)}</time></li>)}</ol>
    </details>)}
  </section>
}
