// Buttons that are the same everywhere.
import type { JSX, RefObject } from 'preact'
import { t } from '../text'
import { Icon, type IconName } from './icons'

type Button = JSX.IntrinsicElements['button']

/** A button that is a picture, with its name for who points at it or does not see it. */
export function Round({ name, icon, at, ...rest }: Omit<Button, 'icon'> & { name: Parameters<typeof t>[0]; icon: IconName; at?: RefObject<HTMLButtonElement | null> }) {
  const title = t(name)
  return <button ref={at} type="button" class="round" aria-label={title} title={title} {...rest}><Icon name={icon} /></button>
}

/** How a form ends: what went wrong, the way out where there is one, and what it is about. */
export function Ending({ yes, cancel, danger, busy, held, failure }: {
  yes: string
  cancel?: () => void
  danger?: boolean
  busy?: boolean // it is at work
  held?: boolean // what it needs is not there yet
  failure?: string
}) {
  return <>
    {failure && <p class="failure" role="alert">{failure}</p>}
    <div class="actions">
      {cancel && <button type="button" onClick={cancel}>{t('cancel')}</button>}
      <button class={danger ? 'danger' : 'primary'} disabled={busy || held}>{busy ? t('checking') : yes}</button>
    </div>
  </>
}
