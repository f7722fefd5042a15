// Looking something up in one conversation: by words, or by a day.
import { useSignal } from '@preact/signals'
import { call } from '../engine/engine'
import type { Message } from '../engine/types'
import { attempt, tell } from '../state/app'
import type { Thread } from '../state/thread'
import { brief, t } from '../text'
import { Icon } from './icons'

export function Find({ thread, close }: { thread: Thread; close: () => void }) {
  const found = useSignal<Message[] | null>(null)
  let asked = ''
  const look = async (text: string) => {
    asked = text
    const words = text.split(/\s+/).filter(Boolean)
    if (words.length === 0) {
      found.value = null
      return
    }
    const list = await attempt(() => call('search', { words, in: thread.conversation }))
    if (asked === text) found.value = list ?? null
  }
  const date = async (day: string) => {
    const [y, m, d] = day.split('-').map(Number)
    if (!y || y < 1970) return
    if (await attempt(() => thread.date(new Date(y, m! - 1, d))) === false) tell(t('noDate'))
  }
  return <search class="find" onKeyDown={(e) => { if (e.key === 'Escape') close() }}>
    <div class="line">
      <input type="search" aria-label={t('searchHere')} placeholder={t('searchHere')} autofocus onInput={(e) => void look(e.currentTarget.value)} />
      <input type="date" aria-label={t('jumpDate')} title={t('jumpDate')} onChange={(e) => void date(e.currentTarget.value)} />
      <button class="plain" aria-label={t('close')} onClick={close}><Icon name="close" /></button>
    </div>
    {found.value && <ul>
      {found.value.map((m) => <li key={m.id}><button class="row" onClick={() => void thread.jump(m.seq)}>
        <span class="text"><span class="top"><b>{m.sender.handle}</b><time dateTime={m.time}>{brief(m.time)}</time></span><span class="line" dir="auto">{m.text}</span></span>
      </button></li>)}
      {found.value.length === 0 && <li class="empty">{t('nothingFound')}</li>}
    </ul>}
  </search>
}
