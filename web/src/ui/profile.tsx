// How the person is shown to others, and the link by which they find them.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { call } from '../engine/engine'
import type { Contact, Profile } from '../engine/types'
import { attempt, tell } from '../state/app'
import { t } from '../text'
import { Avatar } from './avatar'
import { Ending } from './buttons'
import { ask } from './dialog'
import { Field } from './field'
import { values } from './form'
import { QR } from './qr'

const edge = 256 // pixels of a picture

/** Has a picture chosen and cut to a square; an empty one is none. */
function Pictures({ take, has }: { take: (b: Blob) => Promise<unknown>; has: boolean }) {
  const chooser = useRef<HTMLInputElement>(null)
  const cut = async (f: File | undefined) => {
    if (!f) return
    const whole = await createImageBitmap(f).catch(() => null)
    const b = whole && await ask<Blob>((done) => <Crop whole={whole} done={done} />)
    if (b) await take(b)
  }
  return <>
    <button type="button" onClick={() => chooser.current!.click()}>{t('picture')}</button>
    {has && <button type="button" onClick={() => void take(new Blob())}>{t('remove')}</button>}
    <input ref={chooser} type="file" accept="image/*" hidden aria-label={t('picture')} onChange={(e) => { void cut(e.currentTarget.files?.[0]); e.currentTarget.value = '' }} />
  </>
}
export { Pictures }

function Crop({ whole, done }: { whole: ImageBitmap; done: (b: Blob) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const at = useSignal([0, 50, 50]) // how much closer, and where, in hundredths
  useEffect(() => {
    const [zoom, x, y] = at.value as [number, number, number]
    const side = Math.min(whole.width, whole.height) / (1 + zoom / 33)
    const pen = canvas.current!.getContext('2d')!
    pen.fillStyle = '#fff'
    pen.fillRect(0, 0, edge, edge)
    pen.drawImage(whole, (whole.width - side) * x / 100, (whole.height - side) * y / 100, side, side, 0, 0, edge, edge)
  }, [at.value])
  return <form onSubmit={(e) => { e.preventDefault(); canvas.current!.toBlob((b) => { if (b) done(b) }, 'image/jpeg', 0.9) }}>
    <h2>{t('crop')}</h2>
    <canvas ref={canvas} class="qr" width={edge} height={edge} />
    {['+', '↔', '↕'].map((sign, i) => <label class="choice" key={sign}>{sign}<input type="range" aria-label={`${t('crop')} ${sign}`} value={at.value[i]}
      onInput={(e) => { at.value = at.value.map((v, j) => (i === j ? Number(e.currentTarget.value) : v)) }} /></label>)}
    <Ending yes={t('save')} />
  </form>
}

export function ProfileCard() {
  const mine = useSignal<Profile | null>(null)
  const link = useSignal<Contact | null>(null)
  useEffect(() => { void attempt(async () => {
    mine.value = await call('profile', { handle: '' })
    link.value = await call('contact')
  }) }, [])
  const set = async (p: { name?: string; picture?: Blob }) => { mine.value = (await attempt(() => call('setProfile', p))) ?? mine.value }
  const p = mine.value
  if (!p) return null
  return <section class="card">
    <h3>{t('profile')}</h3>
    <form class="inline" onSubmit={(e) => void set({ name: values(e).name!.trim() })}>
      <Avatar name={p.handle} of={{ handle: '', picture: p.size && parseInt(p.sha256.slice(0, 8), 16) }} />
      <Field label={t('name')} name="name" maxLength={64} defaultValue={p.name} /><button>{t('save')}</button>
    </form>
    <div class="actions start"><Pictures has={p.size > 0} take={(picture) => set({ picture })} /></div>
    <p class="fine">{t('profileHint')}</p>
    {link.value && <Link title={t('contactLink')} hint={t('contactHint')} text={link.value.link} />}
  </section>
}

/** A link to hand on: as a QR code, and to copy. */
export const Link = ({ title, hint, text }: { title: string; hint: string; text: string }) => <>
  {hint && <h4>{title}</h4>}
  <QR text={text} label={title} />
  <p class="mono link">{text}</p>
  {hint && <p class="fine">{hint}</p>}
  <button onClick={() => void navigator.clipboard.writeText(text).then(() => tell(t('copied')))}>{t('copyCode')}</button>
</>
