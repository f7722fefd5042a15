// Whether the server shows two people one conversation: what they compare.
import { useSignal } from '@preact/signals'
import { call } from '../engine/engine'
import type { History } from '../engine/types'
import { attempt } from '../state/app'
import { t } from '../text'
import { Field } from './field'
import { values } from './form'

const words = { same: 'same', differs: 'sameDiffers', ahead: 'sameAhead', missing: 'sameMissing' } as const

export function Sameness({ to }: { to: string }) {
  const open = useSignal(false)
  const own = useSignal<History | null>(null)
  const found = useSignal<History | null>(null)
  const toggle = (e: Event) => {
    open.value = (e.currentTarget as HTMLDetailsElement).open
    if (open.value) void attempt(() => call('compareHistory', { to, theirs: '' })).then((n) => { own.value = n ?? null })
  }
  const compare = async (e: Event) => {
    const theirs = values(e).theirs!
    found.value = null
    found.value = await attempt(() => call('compareHistory', { to, theirs })) ?? null
  }
  const r = found.value
  return <details class="sameness" onToggle={toggle}>
    <summary>{t('sameness')}</summary>
    {open.value && <>
      <p class="mono number" dir="ltr">{own.value ? `${own.value.seq}: ${own.value.number}` : '…'}</p>
      <p class="fine">{t('samenessHint')}</p>
      <form class="inline" onSubmit={(e) => void compare(e)}>
        <Field label={t('samenessTheirs')} name="theirs" required inputMode="numeric" autocomplete="off" class="mono" onInput={() => { found.value = null }} /><button>{t('samenessCompare')}</button>
      </form>
      <p role="status" class={r?.result === 'same' ? 'good' : r?.result === 'differs' ? 'failure' : 'fine'}>
        {r?.result && t(words[r.result], { seq: String(r.result === 'ahead' ? r.newest : r.seq) })}
      </p>
    </>}
  </details>
}
