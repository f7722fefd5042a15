// The keyboard: what a key does wherever one is on the page. Nothing here is a
// letter alone, and nothing is taken from a field that has a use for it.
import { conversations, openID, panel, phase } from '../state/app'
import { t } from '../text'
import { ask, asking } from './dialog'
import { inChats, open, seek } from './sidebar'

const mac = /Mac|iP/.test(navigator.platform)
const mod = mac ? '⌘' : 'Ctrl'
const alt = mac ? '⌥' : 'Alt'

const list = [
  ['keySearch', mod + ' K'],
  ['keyNext', alt + ' ↑ ↓'],
  ['keyUnread', alt + ' ⇧ ↑ ↓'],
  ['keyEdit', '↑'],
  ['keyClose', 'Esc'],
  ['keys', mod + ' /'],
] as const

/** Shows what the keys do. */
export const showKeys = () => ask<void>((done) => <>
  <h2>{t('keys')}</h2>
  <dl class="keys">{list.map(([name, keys]) => <div key={name}><dt>{t(name)}</dt><dd dir="ltr">{keys.split(' ').map((k) => <kbd key={k}>{k}</kbd>)}</dd></div>)}</dl>
  <div class="actions"><button onClick={() => done()}>{t('close')}</button></div>
</>)

/** Goes up or down in the list, or to the next one there with something unread. */
function step(by: 1 | -1, unread: boolean) {
  const all = conversations.value.filter(inChats)
  const from = all.findIndex((c) => c.id === openID.value)
  const first = from < 0 && by < 0 ? all.length : from
  for (let n = 1; n <= all.length; n++) {
    const i = first + by * n
    if (!unread && !all[i]) return // the list has an end
    const c = all[(i + all.length) % all.length]!
    if (!unread || c.unread > 0) return open(c.id)
  }
}

document.addEventListener('keydown', (e) => {
  if (phase.value !== 'ready' || e.defaultPrevented || e.isComposing || asking()) return
  const el = e.target as HTMLInputElement
  const written = el.value // of a field
  const opens = el.matches('select, [type=date]') // by arrows and Alt, and closes by Escape
  const held = (e.ctrlKey ? 'c' : '') + (e.metaKey ? 'm' : '') + (e.altKey ? 'a' : '')
  const key = held + e.key
  if (key === (mac ? 'mk' : 'ck')) seek()
  else if (key === (mac ? 'm/' : 'c/')) void showKeys()
  else if (key === 'aArrowUp' || key === 'aArrowDown') {
    if (opens || mac && written) return // a Mac's texts are walked through with it
    step(key === 'aArrowUp' ? -1 : 1, e.shiftKey)
  } else if (key === 'Escape' && !written && !opens && (panel.value !== 'chat' || openID.value)) open(null)
  else return
  e.preventDefault()
})
