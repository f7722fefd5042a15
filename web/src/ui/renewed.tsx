// Somebody has a new account, says the server: the person decides what a handle means.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { call } from '../engine/engine'
import type { ContactReset, Conversation, Participant } from '../engine/types'
import { attempt, conversations, openID, panel, refreshList, words } from '../state/app'
import { moment, t } from '../text'
import { ask } from './dialog'
import { change } from './keep'

/** In the composer's place, while nothing is sent. */
export function Renewed({ handle, at }: { handle: string; at: string }) {
  // What an account is called whose handle means another one.
  if (handle.includes('~')) return <div class="composer request"><p>{t('renewedOver')}</p></div>
  return <div class="composer request">
    <p>{t('renewed', { handle, date: moment(at) })} {t('renewedWaits')}</p>
    <div class="actions start"><button class="primary" onClick={() => void decide(handle)}>{t('decide')}</button></div>
  </div>
}

/** Asks what a handle is to mean, and goes to the conversation with that account. */
export async function decide(handle: string) {
  const taken = await ask<string>((done) => <Decide handle={handle} done={done} />)
  await attempt(refreshList)
  if (!taken) return
  const c = await attempt(() => call('find', { to: handle }))
  if (!c) return
  if (!conversations.value.some((x) => x.id === c.id)) conversations.value = [c, ...conversations.value]
  panel.value = 'chat'
  openID.value = c.id
}

function Decide({ handle, done }: { handle: string; done: (taken: string) => void }) {
  const about = useSignal<ContactReset | null>(null)
  const failure = useSignal('')
  const busy = useSignal(false)
  const run = async (action: () => Promise<unknown>, taken = '') => {
    busy.value = true
    try {
      await action()
      if (taken) done(taken)
    } catch (e) {
      failure.value = words(e)
    } finally {
      busy.value = false
    }
  }
  useEffect(() => void run(async () => { about.value = await call('contactReset', { handle }) }), [handle])
  const r = about.value
  return <section>
    <h2>{t('renewedTitle', { handle })}</h2>
    {r && <>
      <p>{t('renewedAsk', { handle, date: moment(r.at) })}</p>
      <h3>{t('renewedNew')}</h3>
      <p class="mono number">{r.newNumber}</p>
      <h3>{t('renewedOld')}</h3>
      <p class="mono number">{r.oldNumber}</p>
    </>}
    {failure.value && <p class="failure" role="alert">{failure.value}</p>}
    <div class="actions">
      <button onClick={() => done('')}>{t('later')}</button>
      {r && <>
        <button disabled={busy.value} onClick={() => void run(() => call('acceptReset', { handle, old: true }), 'old')}>{t('keepOld')}</button>
        <button class="primary" disabled={busy.value} onClick={() => void run(() => call('acceptReset', { handle }), 'new')}>{t('takeNew')}</button>
      </>}
    </div>
  </section>
}

/** In a group: puts the new account in the old one's place. */
export function Admit({ group, person: p }: { group: Conversation; person: Participant }) {
  const handle = p.handle.split('~')[0]! // the old account's, once the handle means the new one
  return <button onClick={() => void ask<boolean>((done) => <form onSubmit={(e) => { e.preventDefault(); done(true) }}>
    <h2>{t('renewedTitle', { handle })}</h2>
    <p>{t('admitAsk', { handle, date: moment(p.reset!) })}</p>
    <div class="actions"><button type="button" onClick={() => done(false)}>{t('later')}</button><button class="primary">{t('admit')}</button></div>
  </form>).then((yes) => yes && change(() => call('groupAdmit', { to: group.id, handle })))}>{t('admit')}</button>
}
