// One conversation: its messages and the composer under them.
import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Conversation, Entry, Message, Role } from '../engine/types'
import { ownReset } from '../state/alarms'
import { markRead, words } from '../state/app'
import { thread, type Thread } from '../state/thread'
import { dayKey, dayName, lasting, t } from '../text'
import { Face, peer } from './avatar'
import { Round } from './buttons'
import { Composer } from './composer'
import { Find } from './find'
import { Icon } from './icons'
import { keep, Request } from './keep'
import { Bubble } from './message'
import { aboutConversation } from './people'
import { Renewed } from './renewed'
import { open } from './sidebar'
import { Typists } from './social'

const near = 400 // pixels from an end at which more is loaded

export function ThreadView({ conversation: c }: { conversation: Conversation }) {
  const replyTo = useSignal<Message | null>(null)
  const editing = useSignal<Message | null>(null)
  const finding = useSignal(false)
  const finder = useRef<HTMLButtonElement>(null)
  const th = thread.value
  useLayoutEffect(() => {
    const seen = () => void markRead(c)
    seen()
    document.addEventListener('visibilitychange', seen)
    return () => document.removeEventListener('visibilitychange', seen)
  }, [c.headSeq, c.unread])
  useLayoutEffect(() => { if (!finding.value && document.activeElement === document.body) finder.current?.focus() }, [finding.value])
  return <main class="thread">
    <header>
      <button class="round narrow" aria-label={t('back')} onClick={() => open(null)}><Icon name="back" /></button>
      <Face of={c} />
      <button class="title" onClick={() => void aboutConversation(c)}>
        <h2 dir="auto">{c.name}</h2>
        {c.kind === 'group' && !c.imported && <small>{c.participants.map((p) => p.handle).join(', ')}</small>}
        {c.imported && <small>{t('imported')}</small>}
        {peer(c)?.name && <small>{peer(c)!.name}</small>}
      </button>
      {c.expirySeconds > 0 && <span class="lasts" title={t('expiry')}><Icon name="clock" /> {lasting(c.expirySeconds)}</span>}
      {!c.imported && <Round at={finder} name="searchHere" icon="search" aria-expanded={finding.value} onClick={() => { finding.value = !finding.value }} />}
      <Round name="more" icon="more" onClick={() => void keep(c)} />
    </header>
    {finding.value && th && <Find thread={th} close={() => { finding.value = false }} />}
    {th && th.conversation === c.id && <Entries thread={th} conversation={c} replyTo={(m) => { replyTo.value = m; editing.value = null }} edit={(m) => { editing.value = m; replyTo.value = null }} />}
    {!c.imported && !c.request && !c.blocked && <Typists conversation={c.id} />}
    {c.request || c.blocked ? <Request conversation={c} /> : c.reset ? <Renewed handle={c.name} at={c.reset} /> : ownReset.value?.state !== 'done' && th?.conversation === c.id && !c.imported && !c.left && !c.closed && <Composer thread={th} replyTo={replyTo} editing={editing} />}
  </main>
}

interface EntriesProps { thread: Thread; conversation: Conversation; replyTo: (m: Message) => void; edit: (m: Message) => void }

function Entries({ thread: th, conversation, replyTo, edit }: EntriesProps) {
  const box = useRef<HTMLDivElement>(null)
  const pinned = useRef(true) // at the newest message, and staying there
  const anchor = useRef<{ key: string; top: number } | null>(null)
  const list = th.entries.value

  // What is on screen stays where it is when messages come or go above it, when
  // pictures arrive and when the room changes, as by a phone's keyboard.
  const settle = () => {
    const el = box.current
    if (!el || th.target.value && showTarget(el)) return
    if (pinned.current && !th.later.value) {
      el.scrollTop = el.scrollHeight
      return
    }
    const a = anchor.current
    const node = a && el.querySelector<HTMLElement>(`[data-key="${a.key}"]`)
    if (node) el.scrollTop += node.getBoundingClientRect().top - el.getBoundingClientRect().top - a.top
  }
  useLayoutEffect(settle, [list, th.target.value])
  useLayoutEffect(() => {
    if (!box.current) return
    const sizes = new ResizeObserver(settle)
    sizes.observe(box.current)
    sizes.observe(box.current.firstElementChild!)
    return () => sizes.disconnect()
  }, [!th.failure.value])

  /** Brings the entry that was jumped to into the middle, of a long one the beginning; the reader's eye is led there. */
  const showTarget = (el: HTMLElement): boolean => {
    const node = el.querySelector<HTMLElement>(`[data-seq="${th.target.value}"]`)
    if (!node) return false
    th.target.value = 0
    pinned.current = false
    node.scrollIntoView({ block: node.offsetHeight < el.clientHeight ? 'center' : 'start' })
    anchor.current = { key: node.dataset.key!, top: node.getBoundingClientRect().top - el.getBoundingClientRect().top }
    node.classList.add('found')
    setTimeout(() => node.classList.remove('found'), 2000)
    return true
  }

  const scrolled = () => {
    const el = box.current!
    const below = el.scrollHeight - el.scrollTop - el.clientHeight
    pinned.current = below < 40
    const top = el.getBoundingClientRect().top
    for (const node of el.querySelectorAll<HTMLElement>('[data-key]')) {
      const r = node.getBoundingClientRect()
      if (r.bottom > top) {
        anchor.current = { key: node.dataset.key!, top: r.top - top }
        break
      }
    }
    if (el.scrollTop < near && th.earlier.value) void th.before()
    if (below < near && th.later.value) void th.after()
  }

  if (th.failure.value) return <div class="entries"><p class="failure" role="alert">{words(th.failure.value)}</p></div>
  return <div class="entries" ref={box} onScroll={scrolled} tabIndex={0} role="log" aria-label={conversation.name} aria-busy={th.loading.value}>
    <div class="column">
      {th.earlier.value && <p class="edge">{t('earlier')}</p>}
      {list.map((e, i) => <Item key={keyOf(e)} entry={e} before={list[i - 1]} conversation={conversation} thread={th} replyTo={replyTo} edit={edit} />)}
    </div>
    {th.later.value && <button class="jump" onClick={() => { pinned.current = true; void th.newest() }}><Icon name="down" /> {t('newest')}</button>}
  </div>
}

export const keyOf = (e: Entry) => (e.type === 'message' && e.id ? e.id : `${e.type}${e.seq}`)

interface ItemProps extends EntriesProps { entry: Entry; before: Entry | undefined }

function Item({ entry: e, before, conversation, thread: th, replyTo, edit }: ItemProps) {
  const newDay = !before || dayKey(before.time) !== dayKey(e.time)
  return <>
    {newDay && <h3 class="day"><span>{dayName(e.time)}</span></h3>}
    {e.type === 'event'
      ? <p class="event" data-key={keyOf(e)} data-seq={e.seq}>{e.event === 'expiry' ? `${t('expiry')}: ${lasting(e.text)}` : t(`${e.event}Event`, { handle: e.sender.handle, text: e.event === 'role' ? t(e.text as Role) : e.event === 'history' ? t(`history_${e.text as 'on' | 'off' | 'given'}`) : e.text })}</p>
      : <Bubble message={e} follows={!newDay && before?.type === 'message' && before.sender.handle === e.sender.handle && Date.parse(e.time) - Date.parse(before.time) < 300_000}
          conversation={conversation} thread={th} reply={() => replyTo(e)} edit={() => edit(e)} />}
  </>
}
