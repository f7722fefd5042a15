// The page: what its phase shows.
import { current, dismiss, openID, panel, phase, toasts, trouble, waysBack } from '../state/app'
import { show } from '../state/thread'
import { awaited } from '../state/session'
import { startOver } from '../state/storage'
import { t } from '../text'
import { Bars } from './bars'
import { confirmed, Dialogs } from './dialog'
import { Icon } from './icons'
import { Intro } from './intro'
import { showKeys } from './keys'
import { Mark } from './mark'
import { Waiting } from './reset'
import { Security } from './security'
import { Settings } from './settings'
import { Sidebar } from './sidebar'
import { ThreadView } from './thread'
import { Welcome } from './welcome'
import { useLayoutEffect } from 'preact/hooks'

export function App() {
  return <>
    {phase.value === 'loading' && <main class="middle"><Mark /><p role="status">{t('loading')}</p></main>}
    {phase.value === 'broken' && <main class="middle"><Mark />
      <h1>{t('broken')}</h1><p>{trouble.value}</p>
      <button class="primary" onClick={() => location.reload()}>{t('reload')}</button>
      <button onClick={() => void confirmed(t('startOverAsk'), t('startOver')).then((yes) => { if (yes) void startOver() })}>{t('startOver')}</button>
    </main>}
    {phase.value === 'welcome' && <Welcome />}
    {phase.value === 'waiting' && <Waiting of={awaited.value!} />}
    {phase.value === 'ready' && <Main />}
    <Toasts />
    <Dialogs />
  </>
}

function Main() {
  const id = openID.value
  useLayoutEffect(() => { void show(id) }, [id]) // before the eye sees the one without its messages
  const detail = id !== null || panel.value !== 'chat'
  return <div class={`frame ${detail ? 'detail' : ''}`}>
    <header class="unseen"><h1>Coffer</h1></header>
    <Bars />
    <Sidebar />
    {panel.value === 'security' ? <Security />
      : panel.value === 'settings' ? <Settings />
      : current.value ? <ThreadView key={id} conversation={current.value} />
      : waysBack.value === 0 ? <Intro />
      : <main class="middle quiet"><Mark /><p>{t('pickChat')}</p><button class="said keyed" onClick={() => void showKeys()}>{t('keys')}</button></main>}
  </div>
}

function Toasts() {
  return <div class="toasts" role="status" aria-live="polite">
    {toasts.value.map((x) => <p key={x.id} class={x.bad ? 'toast bad' : 'toast'}>
      {x.bad && <Icon name="warn" />}<span>{x.text}</span>
      <button class="plain" aria-label={t('close')} onClick={() => dismiss(x.id)}><Icon name="close" /></button>
    </p>)}
  </div>
}
