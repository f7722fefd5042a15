// Where a message is written.
import { useSignal, type Signal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { call, EngineError } from '../engine/engine'
import type { Message } from '../engine/types'
import { current, me, tell, words } from '../state/app'
import { flush } from '../state/session'
import { draftOf, saveDraft, setDraft } from '../state/drafts'
import { typing } from '../state/social'
import type { Thread } from '../state/thread'
import { lasting, size, t } from '../text'
import { askEmoji } from './emoji'
import { Icon } from './icons'
import { chooseExpiry } from './keep'
import { Mentions, useMentions } from './mentions'
import { Recorder } from './voice'

export function Composer({ thread, replyTo, editing }: { thread: Thread; replyTo: Signal<Message | null>; editing: Signal<Message | null> }) {
  const text = useSignal(draftOf(thread.conversation))
  const files = useSignal<File[]>([])
  const over = useSignal(false)
  const lasts = useSignal(0) // seconds, of the next message alone
  const area = useRef<HTMLTextAreaElement>(null)
  const touched = useRef(false) // what is written here counts from then on
  const chooser = useRef<HTMLInputElement>(null)

  useLayoutEffect(() => { if (matchMedia('(pointer: fine)').matches) area.current?.focus() }, [thread.conversation])
  useLayoutEffect(() => {
    if (editing.value) text.value = editing.value.text
    if (editing.value || replyTo.value) area.current?.focus()
  }, [editing.value, replyTo.value])
  useLayoutEffect(() => {
    const el = area.current!
    el.style.height = 'auto'
    el.style.height = `${Math.min(el.scrollHeight, 200)}px`
  }, [text.value])

  useEffect(() => { // written on another device
    if (!touched.current && !editing.peek()) text.value = draftOf(thread.conversation)
  }, [current.value?.draft])
  useLayoutEffect(() => { // with the drawing: what is written is saved however soon the person leaves
    const away = () => { if (document.hidden) saveDraft(thread.conversation) }
    document.addEventListener('visibilitychange', away)
    return () => {
      document.removeEventListener('visibilitychange', away)
      saveDraft(thread.conversation)
    }
  }, [thread.conversation])

  const type = (value: string) => {
    text.value = value
    touched.current = true
    if (!editing.value) setDraft(thread.conversation, value)
  }
  const naming = useMentions(area, type)
  const clear = () => {
    type('')
    files.value = []
    replyTo.value = null
    editing.value = null
    lasts.value = 0
  }
  const submit = async () => {
    const body = text.value.trim()
    if (!body && files.value.length === 0) return
    const [list, reply, edit, expiry] = [files.value, replyTo.value, editing.value, lasts.value]
    clear()
    if (!edit) setDraft(thread.conversation, '')
    saveDraft(thread.conversation)
    try {
      if (edit) await thread.change(() => call('edit', { id: edit.id, text: body }))
      else await thread.send(body, list, reply ?? undefined, expiry)
    } catch (e) {
      tell(words(e), true)
      const kept = !edit && e instanceof EngineError && e.kind === 'unreachable' // in the outbox
      if (kept) void flush()
      else if (!text.value) { // nothing that was written is lost
        type(body)
        files.value = list
      }
    }
  }
  const take = (list: FileList | null | undefined) => { if (list?.length) files.value = [...files.value, ...list] }
  const insertEmoji = async () => {
    const el = area.current!
    const [from, to] = [el.selectionStart, el.selectionEnd]
    const emoji = await askEmoji()
    if (!emoji) return
    type(text.value.slice(0, from) + emoji + text.value.slice(to))
    el.focus()
    requestAnimationFrame(() => el.setSelectionRange(from + emoji.length, from + emoji.length))
  }
  const quoted = replyTo.value ?? editing.value
  return <form class={`composer ${over.value ? 'over' : ''}`} onSubmit={(e) => { e.preventDefault(); void submit() }}
    onDragOver={(e) => { e.preventDefault(); over.value = true }} onDragLeave={() => { over.value = false }}
    onDrop={(e) => { e.preventDefault(); over.value = false; take(e.dataTransfer?.files) }}>
    {quoted && <div class="about"><span><b>{editing.value ? t('editing') : quoted.sender.handle}</b> {quoted.text}</span>
      <button type="button" class="plain" aria-label={t('cancelReply')} onClick={() => { if (editing.value) type(''); replyTo.value = null; editing.value = null }}><Icon name="close" /></button></div>}
    {files.value.length > 0 && <ul class="files">{files.value.map((f, i) => <li key={i}><Icon name="file" /><span>{f.name} <small>{size(f.size)}</small></span>
      <button type="button" class="plain" aria-label={`${t('remove')} ${f.name}`} onClick={() => { files.value = files.value.filter((_, j) => j !== i) }}><Icon name="close" /></button></li>)}</ul>}
    <Mentions naming={naming} />
    <div class="line">
      <button type="button" class="round" aria-label={t('attach')} title={t('attach')} onClick={() => chooser.current!.click()}><Icon name="clip" /></button>
      <input ref={chooser} type="file" multiple hidden onChange={(e) => { take(e.currentTarget.files); e.currentTarget.value = '' }} />
      <textarea ref={area} rows={1} dir="auto" aria-label={t('message')} placeholder={over.value ? t('dropHere') : t('message')} value={text.value}
        {...naming.attributes} onInput={(e) => { type(e.currentTarget.value); naming.look(); if (text.value) typing(thread.conversation) }} onBlur={naming.close}
        onPaste={(e) => take(e.clipboardData?.files)}
        onKeyDown={(e) => {
          if (naming.key(e)) return
          if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); void submit() }
          if (e.key === 'Escape') { replyTo.value = null; if (editing.value) { editing.value = null; type('') } }
          if (e.key === 'ArrowUp' && !text.value && !editing.value) {
            const last = thread.entries.value.findLast((x): x is Message => x.type === 'message' && x.sender.account === me.value?.account && x.state === 'sent' && !x.unsent && Date.now() - Date.parse(x.time) < 900_000)
            if (last) { // its text at once, so that what is typed next comes behind it
              e.preventDefault()
              text.value = last.text
              editing.value = last
            }
          }
        }} />
      <button type="button" class="round" aria-label={t('emoji')} title={t('emoji')} onClick={() => void insertEmoji()}><Icon name="smile" /></button>
      {!editing.value && (text.value || files.value.length > 0 || lasts.value > 0) && <button type="button" class="round" aria-label={`${t('expiry')}: ${lasting(lasts.value)}`} title={t('expiry')} onClick={() => void chooseExpiry().then((n) => { if (n !== undefined) lasts.value = n })}>
        <Icon name="clock" />{lasts.value > 0 && <small>{lasting(lasts.value)}</small>}</button>}
      {!text.value && !editing.value && <Recorder done={(f) => { files.value = [...files.value, f] }} />}
      <button class="round primary" aria-label={t('send')} title={t('send')} disabled={!text.value.trim() && files.value.length === 0}><Icon name="send" /></button>
    </div>
  </form>
}
