// The list of conversations.
import { useSignal } from '@preact/signals'
import { call } from '../engine/engine'
import type { Conversation, Message } from '../engine/types'
import { attempt, conversations, me, newest, openID, panel, pinDue, progress, refreshList, unread, waysBack } from '../state/app'
import { wantEntry } from '../state/thread'
import { brief, t } from '../text'
import { Avatar } from './avatar'
import { ask } from './dialog'
import { Field } from './field'
import { Icon } from './icons'
import { repeatPIN } from './ways'

export function open(id: string | null) {
  panel.value = 'chat'
  openID.value = id
}

export function Sidebar() {
  const query = useSignal('')
  const found = useSignal<Message[] | null>(null)
  const look = async (text: string) => {
    query.value = text
    const words = text.split(/\s+/).filter(Boolean)
    if (words.length === 0) {
      found.value = null
      return
    }
    const list = await attempt(() => call('search', { words }))
    if (query.value === text) found.value = list ?? null
  }
  const named = query.value ? conversations.value.filter((c) => c.name.toLowerCase().includes(query.value.toLowerCase())) : conversations.value
  return <nav class="sidebar" aria-label="Coffer">
    <header>
      <h2>{me.value?.handle}</h2>
      <button class="round" aria-label={t('settings')} title={t('settings')} onClick={() => { openID.value = null; panel.value = 'settings' }}><Icon name="gear" /></button>
      <button class="round" aria-label={t('security')} title={t('security')} onClick={() => { openID.value = null; panel.value = 'security' }}><Icon name="shield" /></button>
      <button class="round" aria-label={t('newChat')} title={t('newChat')} onClick={newConversation}><Icon name="plus" /></button>
    </header>
    <Nag />
    <div class="search"><Icon name="search" /><input type="search" aria-label={t('search')} placeholder={t('search')} value={query.value} onInput={(e) => void look(e.currentTarget.value)} /></div>
    {progress.value && progress.value.total > 1 && <progress class="thin" max={progress.value.total} value={progress.value.done} aria-label={t('restoring')} title={`${progress.value.done} / ${progress.value.total}`} />}
    <ul class="list">
      {named.map((c) => <Row key={c.id} conversation={c} />)}
      {found.value?.map((m) => <li key={m.id}><button class="row" onClick={() => { wantEntry(m.conversation, m.seq); open(m.conversation) }}>
        <span class="text"><span class="top"><b>{m.sender.handle}</b><time>{brief(m.time)}</time></span><span class="line" dir="auto">{m.text}</span></span>
      </button></li>)}
    </ul>
    {conversations.value.length === 0 && <p class="empty">{t('noChats')}</p>}
    {query.value && named.length === 0 && found.value?.length === 0 && <p class="empty">{t('nothingFound')}</p>}
  </nav>
}

function Row({ conversation: c }: { conversation: Conversation }) {
  const selected = openID.value === c.id
  const isNew = unread(c) && !selected
  return <li><button class={`row ${isNew ? 'new' : ''}`} aria-current={selected ? 'page' : undefined} onClick={() => open(c.id)}>
    <Avatar name={c.name} group={c.kind === 'group'} />
    <span class="text">
      <span class="top"><b>{c.name}</b><time dateTime={c.lastActivity}>{brief(c.lastActivity)}</time></span>
      <span class="line" dir="auto">{c.imported ? t('imported') : newest.value[c.id]?.text || (c.kind === 'group' ? c.participants.map((p) => p.handle).join(', ') : '')}</span>
    </span>
    {isNew && <span class="dot" />}
  </button></li>
}

function Nag() {
  const n = waysBack.value
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

function NewConversation({ done }: { done: (id: string) => void }) {
  const group = useSignal(false)
  const busy = useSignal(false)
  const submit = async (e: Event) => {
    e.preventDefault()
    const v = Object.fromEntries(new FormData(e.currentTarget as HTMLFormElement)) as Record<string, string>
    busy.value = true
    const c = await attempt(() => group.value
      ? call('groupCreate', { name: v.name!.trim(), handles: v.people!.split(/[\s,]+/).filter(Boolean) })
      : call('find', { to: v.to!.trim() }))
    busy.value = false
    if (!c) return
    await refreshList()
    if (!conversations.value.some((x) => x.id === c.id)) conversations.value = [c, ...conversations.value]
    done(c.id)
  }
  return <form onSubmit={submit}>
    <h2>{t('newChat')}</h2>
    <div class="tabs small" role="tablist">
      <button type="button" role="tab" aria-selected={!group.value} onClick={() => { group.value = false }}>{t('direct')}</button>
      <button type="button" role="tab" aria-selected={group.value} onClick={() => { group.value = true }}>{t('group')}</button>
    </div>
    {group.value
      ? <><Field label={t('groupName')} name="name" required autofocus /><Field label={t('groupPeople')} name="people" required autocapitalize="none" spellcheck={false} /></>
      : <Field label={t('to')} name="to" required autocapitalize="none" spellcheck={false} autofocus />}
    <div class="actions"><button class="primary" disabled={busy.value}>{t('start')}</button></div>
  </form>
}
