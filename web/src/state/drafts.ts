// What is being written: on this page with every key, for the account's other
// devices when the person turns away.
import { call } from '../engine/engine'
import { alter, conversations } from './app'

const here = new Map<string, string>()
let saving: Promise<unknown> = Promise.resolve()

const known = (id: string) => conversations.peek().find((c) => c.id === id)?.draft ?? ''

export const draftOf = (id: string) => here.get(id) ?? known(id)

export function setDraft(id: string, text: string) { here.set(id, text) }

/** Gives a draft to the engine; what cannot be given now stays on this page. */
export function saveDraft(id: string) {
  saving = saving.then(async () => {
    const text = here.get(id)
    if (text === undefined) return
    if (text !== known(id)) {
      await call('draft', { to: id, text })
      alter(id, { draft: text })
    }
    if (here.get(id) === text) here.delete(id)
  }).catch(() => undefined)
}
