// Key files: half of a key, which the person keeps anywhere but at the server.
import { useSignal } from '@preact/signals'
import { call } from '../engine/engine'
import { t } from '../text'
import { ask } from './dialog'
import { Field } from './field'
import { useAction } from './form'

/** The start of the file that was chosen; what is longer is no key. */
export const chosen = async (f: unknown) => new Uint8Array(await (f as File).slice(0, 4097).arrayBuffer())

/** The fields for a key file. */
export function KeyFile() {
  return <>
    <Field label={t('kindCloud')} hint={t('fileHint')} name="file" type="file" required />
    <Field label={t('password')} hint={t('filePassword')} name="password" type="password" autocomplete="current-password" />
  </>
}

export function download(name: string, text: string) {
  const a = document.createElement('a')
  a.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  a.download = name
  a.click()
  URL.revokeObjectURL(a.href)
}

/** Makes a key file, has it saved, and has the person show that it is where it should be. */
export async function makeFile() {
  await ask<void>((done) => <Make done={() => done()} />)
}

function Make({ done }: { done: () => void }) {
  const saved = useSignal(false)
  const { busy, failure, submit } = useAction(async ({ password, file }) => {
    if (saved.value) {
      await call('testRecovery', { cloudFile: await chosen(file), password: password! })
      done()
      return
    }
    const f = await call('addCloudFile', { password: password! })
    download(f.name, f.text)
    saved.value = true
  })
  return <form onSubmit={submit}>
    <h2>{t('addFile')}</h2>
    <p>{t(saved.value ? 'fileSaved' : 'addFileHint')}</p>
    {saved.value && <Field label={t('kindCloud')} name="file" type="file" required />}
    <div hidden={saved.value}><Field label={t('password')} hint={t('filePassword')} name="password" type="password" autocomplete="current-password" /></div>
    {failure.value && <p class="failure" role="alert">{failure.value}</p>}
    <div class="actions"><button type="button" onClick={done}>{t(saved.value ? 'close' : 'cancel')}</button><button class="primary" disabled={busy.value}>{t(saved.value ? 'test' : 'save')}</button></div>
  </form>
}
