// Choosing an emoji.
import { t } from '../text'
import { ask } from './dialog'

const all = [
  '👍❤️😂😮😢🙏🎉🔥👏💯✅❓',
  '😀😄😅🤣😊🙂😉😍🥰😘😋😎🤔🤨😐🙄😏😬😴🤒🥳😇🤗🫣🤫😱😭😤😡🤯',
  '👋🤝👌✌️🤞🤘👈👉👆👇💪👀🧠🫶🙌🤷🤦',
  '🐶🐱🦊🐻🐼🐸🐝🦋🌱🌸🌻🍀🌳🌞🌙⭐☔❄️🌈🌊',
  '🍎🍓🥑🌽🥕🫘🍞🧀🍕🍜🍰🍪☕🍵🍺🥂',
  '🏠🚲🚗🚂✈️⛵⚽🎸🎨📚💡🔑🔒📷📱💻🎁⏰📌💤',
]
const split = new Intl.Segmenter()
const rows = all.map((r) => [...split.segment(r)].map((s) => s.segment))

/** Asks for one; undefined for none. */
export function askEmoji(): Promise<string | undefined> {
  return ask<string>((done) => <div class="emoji" aria-label={t('emoji')} role="group">
    {rows.map((row) => <div>{row.map((e) => <button type="button" onClick={() => done(e)}>{e}</button>)}</div>)}
    <input aria-label={t('otherEmoji')} placeholder={t('otherEmoji')} maxLength={16} onKeyDown={(e) => { if (e.key === 'Enter' && e.currentTarget.value.trim()) done(e.currentTarget.value.trim()) }} />
  </div>)
}
