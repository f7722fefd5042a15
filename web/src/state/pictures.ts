// Small pictures of people and groups, each read once.
import { signal } from '@preact/signals'
import { call } from '../engine/engine'

export interface Whose { handle?: string; to?: string; picture?: number }

const urls = signal<Record<string, string>>({})
const asked = new Set<string>()

/** The address of a picture; nothing until it is here, and for none. */
export function pictureOf(w: Whose): string | undefined {
  if (!w.picture) return undefined
  const key = `${w.to ?? ''} ${w.handle ?? ''} ${w.picture}`
  if (!asked.has(key)) {
    asked.add(key)
    call('picture', { handle: w.handle, to: w.to }).then((b) => {
      // Whatever its sender calls it, it is shown as a picture that can run nothing.
      if (b.length > 0) urls.value = { ...urls.peek(), [key]: URL.createObjectURL(new Blob([b as BlobPart], { type: 'image/jpeg' })) }
    }, () => asked.delete(key))
  }
  return urls.value[key]
}
