// Saying a message again elsewhere, and seeing what it said before.
import { useSignal } from '@preact/signals'
import { call } from '../engine/engine'
import type { Message, Version } from '../engine/types'
import { attempt, conversations } from '../state/app'
import { moment, t } from '../text'
import { Face } from './avatar'
import { Ending } from './buttons'
import { ask } from './dialog'

export const forward = (m: Message) => ask<void>((done) => <Forward message={m} done={done} />)

function Forward({ message: m, done }: { message: Message; done: () => void }) {
  const busy = useSignal(false)
  const submit = async (e: Event) => {
    e.preventDefault()
    const to = new FormData(e.currentTarget as HTMLFormElement).getAll('to') as string[]
    const sent = await attempt(async () => {
      for (const id of to) await call('forward', { id: m.id, to: id })
      return true
    }, busy)
    if (sent) done()
  }
  return <form onSubmit={submit}>
    <h2>{t('forward')}</h2>
    <ul class="people">{conversations.value.filter((c) => !c.imported && !c.left && !c.request && !c.blocked && !c.closed).map((c) =>
      <li key={c.id}><Face of={c} /><label><span>{c.name}</span><input type="checkbox" name="to" value={c.id} /></label></li>)}</ul>
    <Ending yes={t('send')} cancel={() => done()} busy={busy.value} />
  </form>
}

/** What was said, and when. */
export const Sayings = ({ list }: { list: Version[] }) =>
  <ul class="checks">{list.map((v, i) => <li key={i}><small>{v.handle} {moment(v.time)}</small><span dir="auto">{v.text}</span></li>)}</ul>

export async function versions(m: Message) {
  const list = await attempt(() => call('versions', { id: m.id }))
  if (list) await ask<void>((done) => <>
    <h2>{t('versions')}</h2>
    <Sayings list={list} />
    <div class="actions"><button onClick={() => done()}>{t('close')}</button></div>
  </>)
}
