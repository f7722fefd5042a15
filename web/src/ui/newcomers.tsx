// Whether newcomers to a group are given its history.
import { call } from '../engine/engine'
import type { Conversation } from '../engine/types'
import { t } from '../text'
import { change } from './keep'

export function Newcomers({ conversation: c }: { conversation: Conversation }) {
  return <>
    <label class="choice">{t('historyGive')}<input type="checkbox" checked={!!c.history} onChange={(e) => void change(() => call('groupHistory', { to: c.id, on: e.currentTarget.checked }))} /></label>
    <p class="fine">{t('historyGiveHint')}</p>
  </>
}
