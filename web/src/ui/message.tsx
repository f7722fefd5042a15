// One message.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { call } from '../engine/engine'
import type { Attachment, Conversation, Message } from '../engine/types'
import { attempt, me, tell } from '../state/app'
import type { Thread } from '../state/thread'
import { moment, size, t, time } from '../text'
import { forward, versions } from './again'
import { Avatar, hueOf } from './avatar'
import { Round } from './buttons'
import { confirmed } from './dialog'
import { askEmoji } from './emoji'
import { Icon } from './icons'
import { choose } from './keep'
import { Markdown } from './markdown'
import { report } from './report'

const editable = 15 * 60_000

interface Props { message: Message; follows: boolean; conversation: Conversation; thread: Thread; reply: () => void; edit: () => void }

export function Bubble({ message: m, follows, conversation, thread, reply, edit }: Props) {
  const own = m.sender.account === me.value?.account
  const target = m.replyTo ? thread.entries.value.find((e) => e.type === 'message' && e.id === m.replyTo) as Message | undefined : undefined
  const silent = m.unsent || m.unreadable
  return <article class={`message ${own ? 'own' : conversation.kind === 'group' ? 'faced' : ''} ${follows ? 'follows' : ''} ${silent ? 'silent' : ''}`} data-key={m.id || `message${m.seq}`} data-seq={m.seq} tabIndex={-1}>
    {!own && !follows && conversation.kind === 'group' && <><Avatar name={m.sender.handle} of={conversation.participants.find((p) => p.account === m.sender.account)} /><span class="from" style={{ '--hue': hueOf(m.sender.handle) }}>{m.sender.handle}</span></>}
    <div class="bubble">
      {m.replyTo && <a class="quote" href={`#${m.replyTo}`} onClick={(e) => { e.preventDefault(); if (target) void thread.jump(target.seq) }}>
        <b>{target?.sender.handle ?? '…'}</b> {target?.text ?? ''}
      </a>}
      {m.unsent ? <em>{t('unsent')}</em> : m.unreadable ? <em>{t('unreadable', { handle: m.sender.handle })}{m.why && `: ${t(m.why)}`}</em> : <>
        {m.attachments.map((a, i) => <File key={a.sha256 + i} message={m} index={i} file={a} />)}
        {m.text && <Markdown text={m.text} names={m.mentions.map((x) => x.handle)} />}
      </>}
      <span class="meta">
        {m.forwarded && <span>{t('forwarded')} </span>}
        {m.givenBy && <span>{t('givenBy', { handle: m.givenBy })} </span>}
        {m.edited && <button class="said" title={t('versions')} onClick={() => void versions(m)}>{t('edited')}</button>}
        {m.expires && <span title={`${t('expiry')}: ${moment(m.expires)}`}><Icon name="clock" /></span>}
        <time dateTime={m.time} title={moment(m.time)}>{time(m.time)}</time>
        {own && !silent && (m.state === 'queued' ? <span title={t('queued')}><Icon name="clock" /></span> : m.readBy?.length ? <span class="readMark" title={t('readBy', { handles: m.readBy.join(', ') })}><Icon name="checks" /></span> : <span title={t('sentMark')}><Icon name="check" /></span>)}
      </span>
    </div>
    {m.reactions.length > 0 && <Reactions message={m} thread={thread} />}
    {!silent && m.id && !conversation.imported && !conversation.left && <div class="tools">
      <Round class="" name="react" icon="smile" onClick={() => void react(m, thread)} />
      <Round class="" name="reply" icon="reply" onClick={reply} />
      <Round class="" name="more" icon="more" onClick={() => void menu(m, own, thread, edit)} />
    </div>}
  </article>
}

function Reactions({ message: m, thread }: { message: Message; thread: Thread }) {
  const by = new Map<string, string[]>()
  for (const r of m.reactions) by.set(r.emoji, [...(by.get(r.emoji) ?? []), r.handle])
  return <div class="reactions">
    {[...by].map(([emoji, who]) => {
      const own = m.reactions.some((r) => r.emoji === emoji && r.account === me.value?.account)
      return <button key={emoji} class={own ? 'own' : ''} title={who.join(', ')} aria-pressed={own}
        onClick={() => void attempt(() => thread.change(() => call('react', { id: m.id, emoji, remove: own })))}>{emoji}{who.length > 1 && ` ${who.length}`}</button>
    })}
  </div>
}

async function react(m: Message, thread: Thread) {
  const emoji = await askEmoji()
  if (emoji) await attempt(() => thread.change(() => call('react', { id: m.id, emoji })))
}

async function menu(m: Message, own: boolean, thread: Thread, edit: () => void) {
  const gone = async (name: 'unsend' | 'deleteForMe', call: () => Promise<unknown>) => {
    if (await confirmed(`${t(name)}?`, t(name))) await attempt(() => thread.change(call))
  }
  const all: [can: unknown, name: Parameters<typeof t>[0], action: () => unknown, danger?: string][] = [
    [m.text, 'copy', async () => {
      await navigator.clipboard.writeText(m.text)
      tell(t('copied'))
    }],
    [own && m.text && Date.now() - Date.parse(m.time) < editable, 'edit', edit],
    [own, 'unsend', () => gone('unsend', () => call('unsend', { id: m.id })), 'danger'],
    [!m.expires, 'forward', () => forward(m)],
    [!own, 'report', () => report(m)],
    [true, 'deleteForMe', () => gone('deleteForMe', () => call('delete', { id: m.id })), 'danger'],
  ]
  const action = await choose(t('message'), all.filter(([can]) => can).map(([, name, action, danger]) => [t(name), action, danger]))
  await action?.()
}

// The types that a browser shows without running anything.
const sounds = /^audio\/(webm|ogg|mpeg|mp4|wav|flac)$/
const pictures = /^image\/(png|jpeg|gif|webp|avif)$/
const shownAtOnce = 8_000_000

function File({ message: m, index, file }: { message: Message; index: number; file: Attachment }) {
  const url = useSignal('')
  const busy = useSignal(false)
  const picture = pictures.test(file.mediaType)
  const sound = sounds.test(file.mediaType)
  const load = async () => {
    const b = await attempt(() => call('attachment', { id: m.id, index }), busy)
    return b && URL.createObjectURL(new Blob([b as BlobPart], { type: picture || sound ? file.mediaType : 'application/octet-stream' }))
  }
  useEffect(() => {
    let gone = false
    if ((picture || sound) && file.size <= shownAtOnce) void load().then((u) => { if (u && !gone) url.value = u })
    return () => {
      gone = true
      if (url.peek()) URL.revokeObjectURL(url.peek())
    }
  }, [m.id, index])
  const save = async () => {
    const u = url.value || (await load())
    if (!u) return
    const a = document.createElement('a')
    a.href = u
    a.download = file.name
    a.click()
    if (u !== url.value) setTimeout(() => URL.revokeObjectURL(u), 60_000)
  }
  if (sound && url.value) return <audio class="sound" controls preload="metadata" src={url.value} aria-label={file.name} />
  if (picture && url.value) return <button class="picture" onClick={() => void save()} title={`${t('save')}: ${file.name}`}><img src={url.value} alt={file.name} /></button>
  return <button class="file" onClick={() => void save()} disabled={busy.value}><Icon name="file" /><span><b>{file.name}</b><small>{size(file.size)}</small></span></button>
}
