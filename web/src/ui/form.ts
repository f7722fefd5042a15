// A form's action.
import { useSignal } from '@preact/signals'
import { words } from '../state/app'

/** What the fields hold of a form that is sent: here, and not by the browser. */
export function values(e: Event) {
  e.preventDefault()
  return Object.fromEntries(new FormData(e.currentTarget as HTMLFormElement)) as Record<string, string>
}

/** A form's action with its button held and its failure shown under it. */
export function useAction(action: (v: Record<string, string>) => Promise<void>) {
  const busy = useSignal(false)
  const failure = useSignal('')
  const submit = async (e?: Event) => {
    const v = e ? values(e) : {}
    if (busy.value) return
    busy.value = true
    failure.value = ''
    try {
      await action(v)
    } catch (x) {
      failure.value = words(x)
    } finally {
      busy.value = false
    }
  }
  return { busy, failure, submit }
}
