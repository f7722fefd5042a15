// Showing a message to the server's moderators.
import { type Signal, useSignal } from '@preact/signals'
import { call } from '../engine/engine'
import type { Draft, Message } from '../engine/types'
import { attempt, tell } from '../state/app'
import { t } from '../text'
import { Sayings } from './again'
import { Ending } from './buttons'
import { ask } from './dialog'
import { Field } from './field'
import { useAction } from './form'

const around = 3

const draftOf = (m: Message, around: number, busy?: Signal<boolean>) => attempt(() => call('reportDraft', { id: m.id, around }), busy)

export async function report(m: Message) {
  const first = await draftOf(m, 0)
  if (first) await ask<void>((done) => <Report message={m} first={first} done={done} />)
}

function Report({ message: m, first, done }: { message: Message; first: Draft; done: () => void }) {
  const draft = useSignal(first)
  const { busy, failure, submit } = useAction(async ({ reason }) => {
    await call('report', { ...draft.value, reason: reason! })
    done()
    tell(t('reported'))
  })
  const widen = async (e: Event) => {
    draft.value = (e.currentTarget as HTMLInputElement).checked && await draftOf(m, around, busy) || first
  }
  return <form onSubmit={submit}>
    <h2>{t('report')}</h2>
    <p class="fine">{t('reportHint', { days: first.days })}</p>
    <Sayings list={draft.value.shown} />
    <label class="choice">{t('reportAround')}<input type="checkbox" onChange={widen} /></label>
    <Field name="reason" label={t('reason')} />
    <Ending yes={t('report')} danger cancel={() => done()} busy={busy.value} failure={failure.value} />
  </form>
}
