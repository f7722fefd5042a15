// Looking something up in one conversation: by words, or by a day.
import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { call } from '../engine/engine'
import type { Message } from '../engine/types'
import { attempt, tell } from '../state/app'
import type { Thread } from '../state/thread'
import { brief, t } from '../text'
import { Icon } from './icons'

/** The messages that hold the words of a text; null for no words. */
export function useSearch(where?: string) {
  const found = useSignal<Message[] | null>(null)
  const asked = useRef('')
  const look = async (text: string) => {
    asked.current = text
    const words = text.split(/\s+/).filter(Boolean)
    const list = words.length > 0 ? await attempt(() => call('search', { words, in: where })) : null
    if (asked.current === text) found.value = list ?? null
  }
  return { found, look }
}

/** A message that was found. */
export const Hit = ({ message: m, go }: { message: Message; go: () => void }) => <li><button class="row" onClick={go}>
  <span class="text"><span class="top"><b>{m.sender.handle}</b><time dateTime={m.time}>{brief(m.time)}</time></span><span class="line" dir="auto">{m.text}</span></span>
</button></li>

export function Find({ thread, close }: { thread: Thread; close: () => void }) {
  const { found, look } = useSearch(thread.conversation)
  const field = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => field.current!.focus(), [])
  const date = async (day: string) => {
    const [y, m, d] = day.split('-').map(Number)
    if (!y || y < 1970) return
    if (await attempt(() => thread.date(new Date(y, m! - 1, d))) === false) tell(t('noDate'))
  }
  return <search class="find" onKeyDown={(e) => { if (e.key === 'Escape') { e.preventDefault(); close() } }}>
    <div class="line">
      <input ref={field} type="search" aria-label={t('searchHere')} placeholder={t('searchHere')} onInput={(e) => void look(e.currentTarget.value)} />
      <input type="date" aria-label={t('jumpDate')} title={t('jumpDate')} onChange={(e) => void date(e.currentTarget.value)} />
      <button class="plain" aria-label={t('close')} onClick={close}><Icon name="close" /></button>
    </div>
    {found.value && <ul>
      {found.value.map((m) => <Hit key={m.id} message={m} go={() => void thread.jump(m.seq)} />)}
      {found.value.length === 0 && <li class="empty">{t('nothingFound')}</li>}
    </ul>}
  </search>
}
