// Dialogs: one at a time, over the page, left by Escape.
import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Ending } from './buttons'

const shown = signal<{ body: ComponentChildren; cancel: () => void } | null>(null)

/** What had the focus before the dialog: it gets it back. */
let before: Element | null = null

/** Shows a dialog and returns what it was ended with; undefined for Escape. */
export function ask<T>(body: (done: (result: T) => void) => ComponentChildren): Promise<T | undefined> {
  if (shown.peek()) shown.peek()!.cancel()
  else before = document.activeElement
  return new Promise((resolve) => {
    const end = (r?: T) => { shown.value = null; resolve(r) }
    shown.value = { body: body(end), cancel: () => end() }
  })
}

/** Whether there is a dialog. */
export const asking = () => shown.peek() !== null

/** Asks a question that yes or no answers. */
export function confirmed(question: string, yes: string): Promise<boolean> {
  return ask<boolean>((done) => <form onSubmit={(e) => { e.preventDefault(); done(true) }}>
    <p>{question}</p>
    <Ending yes={yes} cancel={() => done(false)} danger />
  </form>).then((x) => x === true)
}

export function Dialogs() {
  const ref = useRef<HTMLDialogElement>(null)
  const d = shown.value
  // With the drawing itself, so that nobody ever sees a page without a focus.
  useLayoutEffect(() => {
    if (d) {
      if (!ref.current!.open) ref.current!.showModal()
    } else if (document.activeElement === document.body && before instanceof HTMLElement && before.isConnected) {
      before.focus()
    }
  }, [d])
  if (!d) return null
  return <dialog ref={ref} onCancel={(e) => { e.preventDefault(); d.cancel() }} onClick={(e) => { if (e.target === ref.current) d.cancel() }}>
    <div class="dialog">{d.body}</div>
  </dialog>
}
