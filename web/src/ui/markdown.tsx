// A subset of Markdown: *emphasis*, **strong**, `code`, links as they stand.
// Text becomes elements, never markup.
import type { ComponentChildren } from 'preact'
import { me } from '../state/app'

const pattern = /(\n?```[\s\S]+?```\n?|\*\*[^*\n]+\*\*|\*[^*\s](?:[^*\n]*[^*\s])?\*|`[^`\n]+`|https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]|(?<![\w/.@-])@[\w.~-]+)/g

export function Markdown({ text, names = [] }: { text: string; names?: string[] }) {
  const out: ComponentChildren[] = []
  let at = 0
  for (const m of text.matchAll(pattern)) {
    if (m.index > at) out.push(text.slice(at, m.index))
    out.push(m[0].startsWith('@') ? mention(m[0], names) : piece(m[0], out.length))
    at = m.index + m[0].length
  }
  if (at < text.length) out.push(text.slice(at))
  return <p class={onlyEmoji(text) ? 'words large' : 'words'} dir="auto">{out}</p>
}

/** Who is mentioned, as the engine says; any other @ is a text. */
function mention(s: string, names: string[]): ComponentChildren {
  const name = names.find((n) => s.toLowerCase().startsWith('@' + n) && !/^[\w~]/.test(s.slice(n.length + 1)))
  return name === undefined ? s : <><b class={name === me.value?.handle ? 'mention me' : 'mention'}>@{name}</b>{s.slice(name.length + 1)}</>
}

function piece(s: string, key: number): ComponentChildren {
  if (/^\n?```/.test(s)) return <pre key={key} dir="ltr" tabIndex={0}>{s.trim().slice(3, -3).replace(/^\n|\n$/g, '')}</pre>
  if (s.startsWith('`')) return <code key={key}>{s.slice(1, -1)}</code>
  if (s.startsWith('**')) return <strong key={key}>{s.slice(2, -2)}</strong>
  if (s.startsWith('*')) return <em key={key}>{s.slice(1, -1)}</em>
  return <a key={key} href={s} target="_blank" rel="noopener noreferrer">{s}</a>
}

function onlyEmoji(text: string): boolean {
  return text.length <= 24 && /^(\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u200d|\ufe0f|\s)+$/u.test(text)
}
