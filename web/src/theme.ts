// Light or dark: as the system has it, unless the person says otherwise.
import { signal } from '@preact/signals'

export const themes = [
  { name: '', text: 'themeAuto' }, { name: 'light', text: 'themeLight' }, { name: 'dark', text: 'themeDark' },
] as const

const stored = localStorage.getItem('theme') ?? ''
export const theme = signal(themes.some((x) => x.name === stored) ? stored : '')

function show() {
  if (theme.value) document.documentElement.dataset.theme = theme.value
  else delete document.documentElement.dataset.theme
}

export function setTheme(name: string) {
  theme.value = name
  if (name) localStorage.setItem('theme', name)
  else localStorage.removeItem('theme')
  show()
}

show()
