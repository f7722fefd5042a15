// What the server says it holds about this account (spec/disclosure.md).
import { useSignal } from '@preact/signals'
import { call } from '../engine/engine'
import type { Disclosure, Held as Section } from '../engine/types'
import { attempt } from '../state/app'
import { moment, said, size, t } from '../text'

const most = 100 // of a list; the rest only repeats itself

export function Held() {
  const d = useSignal<Disclosure | null>(null)
  if (!d.value) return <button onClick={() => void attempt(() => call('disclosure')).then((x) => { d.value = x ?? null })}>{t('disclose')}</button>
  return <div class="held">
    <h4>{t('disclose')}</h4>
    <p class="fine">{moment(d.value.asOf)} · {size(d.value.bytes)}</p>
    {Object.values(d.value).filter(isSection).map((s) => <Part key={s.what} section={s} />)}
    <ul class="plainList">{d.value.notHeld?.map((x) => <li key={x}>{known(x)}</li>)}</ul>
  </div>
}

/** What the server says, in the person's language where it is a sentence that the page knows. */
const known = (x: string) => said(x) ?? x

const isSection = (x: unknown): x is Section => Array.isArray((x as Section | null)?.list)

function Part({ section: s }: { section: Section }) {
  return <details>
    <summary><b>{known(s.what)}</b> {s.count} · {size(s.bytes)}</summary>
    <p>{known(s.reveals)}</p>
    <ul class="plainList">{s.list.slice(0, most).map((x, i) => <li key={i}>{say(x)}</li>)}{s.list.length > most && <li>…</li>}</ul>
  </details>
}

/** A value for people: names and what belongs to them. */
function say(x: unknown): string {
  if (Array.isArray(x)) return x.map(say).join(', ')
  if (typeof x === 'object' && x) return Object.entries(x).map(([k, v]) => `${k}: ${say(v)}`).join(' · ')
  return /^\d{4}-\d\d-\d\dT/.test(String(x)) ? moment(String(x)) : String(x)
}
