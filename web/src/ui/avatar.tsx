// A round picture: the person's or group's own, else one made of the name.
import type { Conversation } from '../engine/types'
import { me } from '../state/app'
import { pictureOf, type Whose } from '../state/pictures'
import { Icon } from './icons'

const hues = [8, 32, 52, 140, 172, 200, 228, 262, 290, 330]

/** The colour that goes with a name. */
export function hueOf(name: string): string {
  let h = 0
  for (const c of name) h = (h * 31 + c.codePointAt(0)!) >>> 0
  return String(hues[h % hues.length])
}

export function Avatar({ name, group = false, of }: { name: string; group?: boolean; of?: Whose }) {
  const url = of && pictureOf(of)
  return <span class="avatar" style={{ '--hue': hueOf(name) }} aria-hidden="true">
    {url ? <img src={url} alt="" /> : group ? <Icon name="people" /> : [...name].slice(0, 1).join('').toUpperCase()}
  </span>
}

/** The other one of two. */
export const peer = (c: Conversation) => (c.kind === 'direct' ? c.participants.find((p) => p.account !== me.value?.account) : undefined)

export const Face = ({ of: c }: { of: Conversation }) =>
  <Avatar name={c.name} group={c.kind === 'group'} of={c.kind === 'group' ? { to: c.id, picture: c.picture } : peer(c)} />
