// A form's action.
import { useSignal } from '@preact/signals'
import { words } from '../state/app'

/** What a form's fields hold. */
export const values = (e: Event) => Object.fromEntries(new FormData(e.currentTarget as HTMLFormElement)) as Record<string, string>

/** A form's action with its button held and its failure shown under it. */
export function useAction(action: (v: Record<string, string>) => Promise<void>) {
  const busy = useSignal(false)
  const failure = useSignal('')
  const submit = async (e?: Event) => {
    e?.preventDefault()
    if (busy.value) return
    busy.value = true
    failure.value = ''
    try {
      await action(e ? values(e) : {})
    } catch (x) {
      failure.value = words(x)
    } finally {
      busy.value = false
    }
  }
  return { busy, failure, submit }
}
