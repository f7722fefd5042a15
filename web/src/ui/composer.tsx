// Where a message is written.
import { batch, useSignal, type Signal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { call, EngineError } from '../engine/engine'
import type { Message } from '../engine/types'
import { current, me, tell, words } from '../state/app'
import { flush } from '../state/session'
import { draftOf, saveDraft, setDraft } from '../state/drafts'
import { typing } from '../state/social'
import type { Thread } from '../state/thread'
import { lasting, size, t } from '../text'
import { Round } from './buttons'
import { asking, confirmed } from './dialog'
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
  const clear = () => batch(() => {
    type('')
    files.value = []
    replyTo.value = null
    editing.value = null
    lasts.value = 0
  })
  const submit = async (keepMetadata = false) => {
    const body = text.value.trim()
    if (!body && files.value.length === 0) return
    const [list, reply, edit, expiry] = [files.value, replyTo.value, editing.value, lasts.value]
    clear()
    area.current?.focus() // the button that sent may be gone
    if (!edit) setDraft(thread.conversation, '')
    saveDraft(thread.conversation)
    const restore = () => { // nothing that was written is lost
      if (text.value || files.value.length > 0) return false
      batch(() => {
        type(body)
        files.value = list
        replyTo.value = reply
        lasts.value = expiry
      })
      return true
    }
    try {
      if (edit) await thread.change(() => call('edit', { id: edit.id, text: body }))
      else await thread.send(body, list, reply ?? undefined, expiry, keepMetadata)
    } catch (e) {
      if (e instanceof EngineError && e.failure.wanted === 'metadata') { // the engine refuses it before anything is queued
        if (restore() && await confirmed(t('tellsPlace', { files: list.map((f) => f.name).join(', ') }), t('sendAsIs'))) await submit(true)
        return
      }
      tell(words(e), true)
      const kept = !edit && e instanceof EngineError && e.kind === 'unreachable' // in the outbox
      if (kept) void flush()
      else restore()
    }
  }
  const take = (list: FileList | null | undefined) => {
    if (!list?.length) return
    files.value = [...files.value, ...list]
    area.current?.focus()
  }
  // What is dropped anywhere on the page is attached; a browser left alone would go there instead.
  useLayoutEffect(() => {
    const drag = (e: DragEvent) => {
      if (!e.dataTransfer?.types.includes('Files')) return // a text goes where it falls
      e.preventDefault()
      const here = !asking() && !editing.peek()
      over.value = here && e.type === 'dragover' || here && e.type === 'dragleave' && e.relatedTarget !== null
      if (!here) e.dataTransfer.dropEffect = 'none'
      else if (e.type === 'drop') take(e.dataTransfer.files)
    }
    const kinds = ['dragover', 'dragleave', 'drop'] as const
    for (const k of kinds) document.addEventListener(k, drag)
    return () => { for (const k of kinds) document.removeEventListener(k, drag) }
  }, [])
  const insertEmoji = async () => {
    const el = area.current!
    const [from, to] = [el.selectionStart, el.selectionEnd]
    const emoji = await askEmoji()
    if (!emoji) return
    type(text.value.slice(0, from) + emoji + text.value.slice(to))
    el.focus()
    requestAnimationFrame(() => el.setSelectionRange(from + emoji.length, from + emoji.length))
  }
  /** No reply, no edit. */
  const drop = () => batch(() => {
    if (editing.value) type('')
    replyTo.value = null
    editing.value = null
  })
  const quoted = replyTo.value ?? editing.value
  return <form class="composer" onSubmit={(e) => { e.preventDefault(); void submit() }}>
    {over.value && <div class="drop"><Icon name="clip" /> {t('dropHere')}</div>}
    {quoted && <div class="about"><span><b>{editing.value ? t('editing') : quoted.sender.handle}</b> {quoted.text}</span>
      <button type="button" class="plain" aria-label={t('cancelReply')} onClick={() => { drop(); area.current!.focus() }}><Icon name="close" /></button></div>}
    {files.value.length > 0 && <ul class="files">{files.value.map((f, i) => <li key={i}><Icon name="file" /><span><bdi>{f.name}</bdi> <small>{size(f.size)}</small></span>
      <button type="button" class="plain" aria-label={`${t('remove')} ${f.name}`} onClick={() => { files.value = files.value.filter((_, j) => j !== i); area.current!.focus() }}><Icon name="close" /></button></li>)}</ul>}
    <Mentions naming={naming} />
    <div class="line">
      <Round name="attach" icon="clip" onClick={() => chooser.current!.click()} />
      <input ref={chooser} type="file" multiple hidden onChange={(e) => { take(e.currentTarget.files); e.currentTarget.value = '' }} />
      <textarea ref={area} rows={1} dir="auto" aria-label={t('message')} placeholder={t('message')} value={text.value}
        {...naming.attributes} onInput={(e) => { type(e.currentTarget.value); naming.look(); if (text.value) typing(thread.conversation) }} onBlur={naming.close}
        onPaste={(e) => {
          if (!e.clipboardData?.files.length || editing.value) return
          e.preventDefault() // not its name or address as a text beside it
          take(e.clipboardData.files)
        }}
        onKeyDown={(e) => {
          if (naming.key(e)) return
          if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); void submit() }
          if (e.key === 'Escape' && (replyTo.value || editing.value)) {
            e.preventDefault()
            drop()
          }
          if (e.key === 'ArrowUp' && !e.altKey && !text.value && !editing.value) {
            const last = thread.entries.value.findLast((x): x is Message => x.type === 'message' && x.sender.account === me.value?.account && x.state === 'sent' && !x.unsent && Date.now() - Date.parse(x.time) < 900_000)
            if (last) { // its text at once, so that what is typed next comes behind it
              e.preventDefault()
              text.value = last.text
              editing.value = last
            }
          }
        }} />
      <Round name="emoji" icon="smile" onClick={() => void insertEmoji()} />
      {!editing.value && (text.value || files.value.length > 0 || lasts.value > 0) && <button type="button" class="round" aria-label={`${t('expiry')}: ${lasting(lasts.value)}`} title={t('expiry')} onClick={() => void chooseExpiry().then((n) => { if (n !== undefined) lasts.value = n })}>
        <Icon name="clock" />{lasts.value > 0 && <small>{lasting(lasts.value)}</small>}</button>}
      {!text.value && !editing.value && files.value.length === 0 && <Recorder done={(f) => {
        files.value = [...files.value, f]
        area.current!.focus()
      }} />}
      {(text.value.trim() || files.value.length > 0) && <button class="round primary" aria-label={t('send')} title={t('send')}><Icon name="send" /></button>}
    </div>
  </form>
}
