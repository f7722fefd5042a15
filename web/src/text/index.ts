// The page's words, in the person's language.
import { en, type Text } from './en'

declare const WORDS: Record<string, string> // the addresses of the other languages, from the build

/** The languages there are, each under its own name. */
export const languages: Record<string, string> = { en: 'English', de: 'Deutsch', ar: 'العربية' }

const wanted = [localStorage.getItem('language') ?? '', ...navigator.languages].map((l) => l.split('-')[0]!)
export const language = wanted.find((l) => Object.hasOwn(languages, l)) ?? 'en'

// Nothing is drawn before the words are here; English stands in for what cannot be had.
const other = language === 'en' ? {}
  : await fetch(WORDS[language]!).then((r) => (r.ok ? r.json() : {})).catch(() => ({})) as Partial<Text> & { said?: Record<string, string> }
const words: Text = { ...en, ...other }

/** Changes the language; the page is built anew with it. */
export function setLanguage(code: string) {
  localStorage.setItem('language', code)
  location.reload()
}

// Times and numbers as the person's own region writes them, where it speaks this language.
const locale = navigator.languages.find((l) => l.split('-')[0] === language) ?? language

document.documentElement.lang = language
document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr'

/** The text of a key, with {names} filled in. */
export function t(key: keyof Text, values: Record<string, string | number> = {}): string {
  return words[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

/**
 * What the engine or server says in English, in the person's language: by the form
 * that it was made of, with the values that were filled in (said.*.json). Undefined where the
 * language has no words for it.
 */
export function said(form: string | undefined, values: string[] = []): string | undefined {
  return other.said?.[form ?? '']?.replace(/\{(\d)(?::(\w+))?\}/g, (_, n: string, as?: string) => {
    const v = values[+n] ?? ''
    return as === 'span' ? lasting(v) : as === 'day' ? brief(v) : v
  })
}

const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' })
const dayYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' })
const short = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })

export const time = (iso: string) => clock.format(new Date(iso))
export const moment = (iso: string) => full.format(new Date(iso))
export const dayKey = (iso: string) => new Date(iso).toDateString()

const daysAgo = (d: Date) => Math.round((new Date(new Date().toDateString()).getTime() - new Date(d.toDateString()).getTime()) / 86_400_000)

/** A day's name above its messages. */
export function dayName(iso: string): string {
  const d = new Date(iso)
  const ago = daysAgo(d)
  if (ago === 0) return t('today')
  if (ago === 1) return t('yesterday')
  return d.getFullYear() === new Date().getFullYear() ? day.format(d) : dayYear.format(d)
}

/** A time in a list: the clock today, else the day. */
export function brief(iso: string): string {
  const d = new Date(iso)
  if (!(d.getTime() > 0)) return '' // nothing happened yet
  return daysAgo(d) === 0 ? clock.format(d) : d.getFullYear() === new Date().getFullYear() ? short.format(d) : dayYear.format(d)
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

/** A size for people. */
export function size(bytes: number): string {
  let i = 0
  let n = bytes
  while (n >= 1000 && i < units.length - 1) {
    n /= 1000
    i++
  }
  return new Intl.NumberFormat(locale, { style: 'unit', unit: units[i]!, unitDisplay: 'short', maximumFractionDigits: n < 10 && i > 0 ? 1 : 0 }).format(n)
}

const spans = { w: ['week', 604800], d: ['day', 86400], h: ['hour', 3600], m: ['minute', 60], s: ['second', 1] } as const

/** A length of time for people, from seconds or from a text such as 8h. */
export function lasting(x: number | string): string {
  const seconds = typeof x === 'number' ? x : parseInt(x) * (spans[x.at(-1) as 's']?.[1] ?? 0)
  for (const [unit, length] of Object.values(spans)) {
    if (seconds > 0 && seconds % length === 0) return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(seconds / length)
  }
  return t('off')
}
