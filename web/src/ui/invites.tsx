// Links into a group.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { call } from '../engine/engine'
import type { Invite } from '../engine/types'
import { attempt } from '../state/app'
import { lasting, moment, t } from '../text'
import { values } from './form'
import { Link } from './profile'

const lives = [86400, 604800, 2592000]

export function Invites({ to }: { to: string }) {
  const list = useSignal<Invite[]>([])
  const load = async () => { list.value = (await attempt(() => call('invites', { to }))) ?? list.value }
  useEffect(() => { void load() }, [to])
  const make = async (e: Event) => {
    const v = values(e)
    await attempt(() => call('invite', { to, seconds: Number(v.life), uses: Number(v.uses) }))
    await load()
  }
  return <>
    <h3>{t('inviteLinks')}</h3>
    <ul>{list.value.map((i) => <li key={i.id}><details>
      <summary>{t('inviteLine', { used: i.used, uses: i.uses, time: moment(i.expires) })}</summary>
      {i.link ? <Link title={t('inviteLinks')} hint="" text={i.link} /> : <p class="note">{t('inviteBy', { who: i.by })}</p>}
      <button class="danger" onClick={() => void attempt(() => call('uninvite', { id: i.id })).then(load)}>{t('remove')}</button>
    </details></li>)}</ul>
    <form onSubmit={make}>
      <label class="choice">{t('inviteUses')}<select name="uses">{[1, 10, 100].map((n) => <option key={n}>{n}</option>)}</select></label>
      <label class="choice">{t('inviteLife')}<select name="life">{lives.map((n) => <option key={n} value={n}>{lasting(n)}</option>)}</select></label>
      <button>{t('inviteNew')}</button>
    </form>
  </>
}
