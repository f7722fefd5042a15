// A round picture made of a name.
import { Icon } from './icons'

const hues = [8, 32, 52, 140, 172, 200, 228, 262, 290, 330]

export function Avatar({ name, group = false }: { name: string; group?: boolean }) {
  let h = 0
  for (const c of name) h = (h * 31 + c.codePointAt(0)!) >>> 0
  return <span class="avatar" style={{ '--hue': String(hues[h % hues.length]) }} aria-hidden="true">
    {group ? <Icon name="people" /> : [...name].slice(0, 1).join('').toUpperCase()}
  </span>
}
