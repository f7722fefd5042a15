// Linking: one device lets in another, whichever of the two shows the code.
import { batch, useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { call } from '../engine/engine'
import type { Calls, LinkStage } from '../engine/types'
import { me, tell, words } from '../state/app'
import { t } from '../text'
import { Ending } from './buttons'
import { ask } from './dialog'
import { Field } from './field'
import { values } from './form'
import { QR } from './qr'
import { Scan } from './scan'

type Begin = Parameters<Calls['linkBegin']>[0]

/** Goes through a linking as the engine says, until it is over. */
export function useLinking(over: () => void | Promise<void>) {
  const stage = useSignal<LinkStage | null>(null)
  const busy = useSignal(false)
  const failure = useSignal('')
  const active = useRef(false)
  const run = useRef(0) // what an earlier one still says is passed over
  const go = async (first: () => Promise<LinkStage>) => {
    const mine = ++run.current
    active.current = true
    batch(() => { busy.value = true; failure.value = '' })
    try {
      let s = await first()
      while (s.stage === 'shown' && mine === run.current) {
        stage.value = s
        s = await call('linkNext')
      }
      if (mine !== run.current) return
      batch(() => { stage.value = s; busy.value = false })
      if (s.stage === 'done' || s.stage === 'restored') {
        active.current = false
        await over()
      }
    } catch (x) {
      if (mine !== run.current) return
      active.current = false
      batch(() => { stage.value = null; busy.value = false; failure.value = words(x) })
    }
  }
  /** Gives up. */
  const stop = () => {
    if (!active.current) return
    active.current = false
    run.current++
    batch(() => { stage.value = null; busy.value = false })
    void call('linkEnd').catch(() => undefined)
  }
  useEffect(() => stop, [])
  return { stage, busy, failure, stop, begin: (p: Begin) => go(() => call('linkBegin', p)), answer: (answer: string) => go(() => call('linkNext', { answer })) }
}

export type Linking = ReturnType<typeof useLinking>

/** What is shown and asked on either side. */
function Stage({ of: l, children }: { of: Linking; children: ComponentChildren }) {
  const s = l.stage.value
  if (s?.stage === 'shown') return <div class="restoring">
    <p class="mono code">{s.code}</p>
    <QR text={s.link!} label={t('linkTitle')} />
    <button type="button" onClick={() => void navigator.clipboard.writeText(s.link!).then(() => tell(t('copied')))}>{t('copyCode')}</button>
    <p class="note">{t('neverTell')}</p>
    <p role="status">{t('linkWaiting')}</p>
  </div>
  return <>
    {s?.stage === 'confirm'
      ? <>
        <p role="alert">{t('linkAsks', { name: s.name || '?', platform: s.platform || '?' })}</p>
        <div class="actions">
          <button type="button" onClick={() => void l.answer('no')}>{t('linkNo')}</button>
          <button type="button" class="primary" disabled={l.busy.value} onClick={() => void l.answer('yes')}>{t('linkYes')}</button>
        </div>
      </>
      : l.busy.value ? <p role="status">{t('linkWaiting')}</p> : children}
    {s?.stage === 'ask' && s.left! < 3 && !l.busy.value && <p class="failure" role="alert">{t('linkWrong', { count: s.left! })}</p>}
    {l.failure.value && <p class="failure" role="alert">{l.failure.value}</p>}
  </>
}

/** The field for what the other device shows. */
function CodeField() {
  const text = useSignal('')
  return <Field label={t('linkCode')} name="code" autocomplete="off" spellcheck={false} class="mono" value={text.value} onInput={(e) => { text.value = e.currentTarget.value }}>
    <Scan found={(x) => { text.value = x }} />
  </Field>
}

/** Goes on with the code that was typed. */
export function typed(l: Linking, text: string, handle?: string) {
  if (text) void (l.stage.value?.stage === 'ask' ? l.answer(text) : l.begin({ handle, ask: true, text }))
}

/** This device lets in another one. */
export async function linkDevice() {
  await ask<void>((done) => <Old done={() => done()} />)
}

function Old({ done }: { done: () => void }) {
  const l = useLinking(() => { tell(t('linked')); done() })
  const submit = (e: Event) => {
    typed(l, (values(e).code ?? '').trim())
  }
  return <form onSubmit={submit}>
    <h2>{t('linkTitle')}</h2>
    <p class="fine">{t('linkThere', { handle: me.value!.handle, url: location.origin })}</p>
    <Stage of={l}>
      {l.stage.value?.stage === 'ask'
        ? <><CodeField /><Ending yes={t('linkGo')} /></>
        : <div class="actions"><button type="button" onClick={() => void l.begin({ ask: true })}>{t('linkType')}</button><button type="button" class="primary" onClick={() => void l.begin({})}>{t('linkShow')}</button></div>}
    </Stage>
  </form>
}

/** This device is let in by another one: the rest of the form that has the handle. */
export function LinkNew({ of: l, handle }: { of: Linking; handle: () => string }) {
  return <Stage of={l}>
    <p class="fine">{t('linkHint')}</p>
    <CodeField />
    <div class="actions"><button type="button" onClick={() => { if (handle()) void l.begin({ handle: handle() }) }}>{t('linkShow')}</button><button class="primary">{t('linkGo')}</button></div>
  </Stage>
}
