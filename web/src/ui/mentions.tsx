// Completing @ to somebody in the group.
import { useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { current, me } from '../state/app'
import { t } from '../text'
import { Avatar } from './avatar'

const begun = /(?:^|[^\w/.@\\[-])@([\w.-]*)$/
const most = 6

export function useMentions(area: RefObject<HTMLTextAreaElement | null>, type: (text: string) => void) {
  const typed = useSignal<string | null>(null) // behind the @
  const at = useSignal(0)
  const c = current.value
  const word = typed.value?.toLowerCase()
  const people = word === undefined || c?.kind !== 'group' ? [] : c.participants.filter((p) =>
    p.account !== me.value?.account && (p.handle.startsWith(word) || p.name?.toLowerCase().startsWith(word))).slice(0, most)
  const chosen = Math.min(at.value, people.length - 1)

  const close = () => { typed.value = null }
  const look = () => {
    const el = area.current!
    typed.value = begun.exec(el.value.slice(0, el.selectionStart))?.[1] ?? null
    at.value = 0
  }
  const take = (i: number) => {
    const el = area.current!
    const end = el.selectionStart
    const from = end - typed.value!.length
    const handle = people[i]!.handle + ' '
    close()
    el.value = el.value.slice(0, from) + handle + el.value.slice(end)
    el.setSelectionRange(from + handle.length, from + handle.length)
    type(el.value)
    el.focus()
  }
  /** Reports whether a key was meant for the list. */
  const key = (e: KeyboardEvent): boolean => {
    if (people.length === 0 || e.isComposing) return false
    if (e.key === 'ArrowDown') at.value = (chosen + 1) % people.length
    else if (e.key === 'ArrowUp') at.value = (chosen + people.length - 1) % people.length
    else if (e.key === 'Enter' || e.key === 'Tab') take(chosen)
    else if (e.key === 'Escape') close()
    else return false
    e.preventDefault()
    return true
  }
  const open = people.length > 0
  const attributes = {
    'aria-autocomplete': 'list', 'aria-controls': open ? 'named' : undefined, 'aria-activedescendant': open ? `named${chosen}` : undefined,
  } as const
  return { people, chosen, look, take, key, close, attributes }
}

export function Mentions({ naming: n }: { naming: ReturnType<typeof useMentions> }) {
  if (n.people.length === 0) return null
  return <ul id="named" class="named" role="listbox" aria-label={t('people')}>{n.people.map((p, i) =>
    <li key={p.account} id={`named${i}`} role="option" aria-selected={i === n.chosen} onMouseDown={(e) => { e.preventDefault(); n.take(i) }}>
      <Avatar name={p.handle} of={p} /><b>{p.handle}</b> <small>{p.name}</small>
    </li>)}</ul>
}
