// A labelled field with a hint.
import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'

type Input = JSX.IntrinsicElements['input']

export function Field({ label, hint, children, ...input }: { label: string; hint?: string; children?: ComponentChildren } & Input) {
  const id = useId()
  return <div class="field">
    <label for={id}>{label}</label>
    <input id={id} aria-describedby={hint ? `${id}h` : undefined} {...input} />
    {hint && <small id={`${id}h`}>{hint}</small>}
    {children}
  </div>
}
