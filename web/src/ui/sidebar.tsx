// The list of conversations.
import { batch, signal, useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { call } from '../engine/engine'
import type { Conversation } from '../engine/types'
import { ownReset } from '../state/alarms'
import { conversations, me, newest, openID, panel, pinDue, progress, refreshList, tell, waysBack } from '../state/app'
import { wantEntry } from '../state/thread'
import { brief, t } from '../text'
import { Face, peer } from './avatar'
import { Ending, Round } from './buttons'
import { ask } from './dialog'
import { Field } from './field'
import { Hit, useSearch } from './find'
import { useAction } from './form'
import { Icon } from './icons'
import { keep } from './keep'
import { repeatPIN } from './ways'

export function open(id: string | null) {
  batch(() => {
    panel.value = 'chat'
    openID.value = id
  })
}

type Part = 'chats' | 'requests' | 'archived'

/** Which part of the list is shown. */
const part = signal<Part>('chats')
const few = 3 // requests above the conversations; more of them wait behind a door

/** Where a conversation stands; nowhere where a stranger is blocked. */
export const partOf = (c: Conversation) => (c.request ? (c.blocked ? '' : 'requests') : c.archived || c.blocked ? 'archived' : 'chats')

/** Whether a conversation is in the list as it is shown at first. */
export const inChats = (c: Conversation) => partOf(c) === 'chats'

let seeking = false

/** Goes to the field that finds conversations and messages. */
export function seek() {
  const field = document.querySelector<HTMLInputElement>('.search input')!
  if (field.checkVisibility()) return field.select()
  seeking = true // a phone shows one thing at a time
  open(null)
}

/** The arrow keys go from row to row. */
function arrows(e: KeyboardEvent) {
  const by = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0
  if (!by) return
  const rows = [...(e.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.row')]
  const at = rows.findIndex((r) => r.parentElement!.contains(document.activeElement))
  rows[at + by]?.focus()
  e.preventDefault()
}

export function Sidebar() {
  const query = useSignal('')
  const nav = useRef<HTMLElement>(null)
  const left = useRef<string | null>(null)
  useLayoutEffect(() => { // who leaves a conversation is back at its place in the list
    if (openID.value === null && document.activeElement === document.body) nav.current!.querySelector<HTMLElement>(seeking ? '.search input' : `[data-id="${left.current}"]`)?.focus()
    seeking = false
    left.current = openID.value
  }, [openID.value, panel.value])
  const { found, look: search } = useSearch()
  const look = (text: string) => {
    query.value = text
    void search(text)
  }
  /** From the field to what it has found, or back to where one was. */
  const sought = (e: KeyboardEvent) => {
    const first = nav.current!.querySelector<HTMLElement>('.row')
    if (e.isComposing) return
    if (e.key === 'ArrowDown') first?.focus()
    else if (e.key === 'Enter' && query.value.trim()) first?.click()
    else if (e.key !== 'Escape' || !query.value) return
    if (e.key !== 'ArrowDown') look('')
    e.preventDefault()
  }
  const all = conversations.value
  const wanted = query.value.toLowerCase()
  const named = all.filter((c) => (wanted ? partOf(c) && (c.name + ' ' + (peer(c)?.name ?? '')).toLowerCase().includes(wanted) : partOf(c) === part.value))
  const home = part.value === 'chats' && !wanted
  const requests = home ? all.filter((c) => partOf(c) === 'requests') : []
  const door = (to: Part, n: number) => n > 0 && <button class="door" onClick={() => { part.value = to }}><span>{t(to as 'requests')}</span><b>{n}</b></button>
  return <nav ref={nav} class="sidebar" aria-label="Coffer">
    <header>
      <h2>{me.value?.handle}</h2>
      <Round name="settings" icon="gear" onClick={() => { openID.value = null; panel.value = 'settings' }} />
      <Round name="security" icon="shield" onClick={() => { openID.value = null; panel.value = 'security' }} />
      <Round name="newChat" icon="plus" onClick={newConversation} />
    </header>
    <Nag />
    <div class="search"><Icon name="search" /><input type="search" aria-label={t('search')} placeholder={t('search')} value={query.value} onInput={(e) => look(e.currentTarget.value)} onKeyDown={sought} /></div>
    {progress.value && progress.value.total > 1 && <progress class="thin" max={progress.value.total} value={progress.value.done} aria-label={t('restoring')} title={`${progress.value.done} / ${progress.value.total}`} />}
    {part.value !== 'chats' ? <button class="door" onClick={() => { part.value = 'chats' }}><Icon name="back" /><span>{t(part.value)}</span></button> : door('requests', requests.length)}
    <ul class="list" onKeyDown={arrows}>
      {requests.slice(0, few).map((c) => <Row key={c.id} conversation={c} />)}
      {named.map((c) => <Row key={c.id} conversation={c} />)}
      {found.value?.map((m) => <Hit key={m.id} message={m} go={() => { wantEntry(m.conversation, m.seq); open(m.conversation) }} />)}
    </ul>
    {home && door('archived', all.filter((c) => partOf(c) === 'archived').length)}
    {all.length === 0 && <p class="empty">{t('noChats')}</p>}
    {query.value && named.length === 0 && found.value?.length === 0 && <p class="empty">{t('nothingFound')}</p>}
  </nav>
}

function Row({ conversation: c }: { conversation: Conversation }) {
  const selected = openID.value === c.id
  const isNew = c.unread > 0 && !selected
  return <li class="kept"><button class={`row ${isNew ? 'new' : ''}`} data-id={c.id} aria-current={selected ? 'page' : undefined} onClick={() => open(c.id)}>
    <Face of={c} />
    <span class="text">
      <span class="top"><b dir="auto">{c.name}</b>{c.mutedTo && <Icon name="mute" />}{c.pinned && <Icon name="pin" />}<time dateTime={c.lastActivity}>{brief(c.lastActivity)}</time></span>
      <span class="top">
        <Preview of={c} selected={selected} />
        {isNew && <span class="badge" aria-label={t('unreadCount', { count: c.unread })} role="img">{c.unread < 1000 ? c.unread : '999+'}</span>}
      </span>
    </span>
  </button><button class="plain" aria-label={`${t('more')}: ${c.name}`} onClick={() => void keep(c)}><Icon name="more" /></button></li>
}

/** What there is of a conversation: who, in the page's direction, and what, in its own. */
function Preview({ of: c, selected }: { of: Conversation; selected: boolean }) {
  const last = newest.value[c.id]
  const draft = c.draft && !selected
  const [who, text] = draft ? [t('draft'), c.draft] : c.request ? ['', t('request')] : c.reset ? ['', t('hasNew')] : c.imported ? ['', t('imported')]
    : last?.text ? [last.who, last.text] : ['', c.kind === 'group' ? c.participants.map((p) => p.handle).join(', ') : '']
  return <span class="preview">{who && (draft ? <i>{who} </i> : <span>{who}</span>)}<span class="line" dir="auto">{text}</span></span>
}

function Nag() {
  const n = ownReset.value?.state === 'done' ? null : waysBack.value
  if (n !== null && n > 0 && pinDue.value) return <button class="nag" onClick={() => void repeatPIN()}><Icon name="shield" /><span>{t('pinDue')}</span><b>{t('test')}</b></button>
  if (n === null || n >= 2) return null
  return <button class={`nag ${n === 0 ? 'urgent' : ''}`} onClick={() => { openID.value = null; panel.value = 'security' }}>
    <Icon name="shield" /><span>{n === 0 ? t('waysNone') : t('waysOne')}</span><b>{t('setUp')}</b>
  </button>
}

async function newConversation() {
  const id = await ask<string>((done) => <NewConversation done={done} />)
  if (id) open(id)
}

/** The conversation with somebody, by handle or link; null where a link only asks. */
async function reach(to: string): Promise<Conversation | null> {
  if (!to.startsWith('coffer:')) return call('find', { to })
  const { handle } = await call('follow', { link: to })
  if (!to.includes('/join/')) return call('find', { to: handle })
  tell(t('asked', { handle }))
  return null
}

function NewConversation({ done }: { done: (id: string) => void }) {
  const group = useSignal(false)
  const { busy, failure, submit } = useAction(async (v) => {
    const c = await (group.value
      ? call('groupCreate', { name: v.name!.trim(), handles: v.people!.split(/[\s,]+/).filter(Boolean) })
      : reach(v.to!.trim()))
    if (!c) return done('')
    await refreshList()
    if (!conversations.value.some((x) => x.id === c.id)) conversations.value = [c, ...conversations.value]
    done(c.id)
  })
  return <form onSubmit={submit}>
    <h2>{t('newChat')}</h2>
    <div class="tabs small" role="tablist">
      <button type="button" role="tab" aria-selected={!group.value} onClick={() => { group.value = false }}>{t('direct')}</button>
      <button type="button" role="tab" aria-selected={group.value} onClick={() => { group.value = true }}>{t('group')}</button>
    </div>
    {group.value
      ? <><Field label={t('groupName')} name="name" required autofocus /><Field label={t('groupPeople')} name="people" required autocapitalize="none" spellcheck={false} /></>
      : <Field label={t('to')} hint={t('linkOr')} name="to" required autocapitalize="none" spellcheck={false} autofocus />}
    <Ending yes={t('start')} cancel={() => done('')} busy={busy.value} failure={failure.value} />
  </form>
}
