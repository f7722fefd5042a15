// Passkeys: what the browser's authenticator is asked, and what it answers. The
// key that comes of it is made in the engine.
import { call } from '../engine/engine'
import type { Passkey } from '../engine/types'
import { before } from '../state/session'
import { t } from '../text'

/** Whether this browser knows passkeys. */
export const passkeys = 'PublicKeyCredential' in globalThis

const rp = location.hostname
const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (x) => parseInt(x, 16))
const challenge = () => crypto.getRandomValues(new Uint8Array(32)) // nobody verifies it
const named = (ids: Uint8Array<ArrayBuffer>[]) => ids.map((id) => ({ type: 'public-key' as const, id }))

/** The authenticator's answer; its refusals are in nobody's language. */
async function credential(asked: Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    return await asked as PublicKeyCredential
  } catch (e) {
    throw new Error(t(e instanceof DOMException && e.name === 'InvalidStateError' ? 'passkeyHere' : 'passkeyStopped'))
  }
}

/** What one of these passkeys, or any where there are none, computes for the account. */
async function evaluate(terms: Passkey, known: Uint8Array<ArrayBuffer>[]): Promise<Uint8Array> {
  const c = await credential(navigator.credentials.get({ publicKey: {
    challenge: challenge(), rpId: rp, userVerification: 'required', allowCredentials: named(known),
    extensions: { prf: { eval: { first: bytes(terms.input) } } },
  } }))
  const first = c.getClientExtensionResults().prf?.results?.first
  if (!first) throw new Error(t('passkeyNone'))
  return new Uint8Array(first as ArrayBuffer)
}

/** The secret for an account that is to be brought back, or for a test of this one's. */
export async function passkeySecret(handle?: string): Promise<Uint8Array> {
  const terms = await call('passkeyTerms', { rp, handle, before })
  return evaluate(terms, terms.known.map(bytes))
}

/** Makes a passkey, tries it, and adds it as a way back in. */
export async function makePasskey() {
  const terms = await call('passkeyTerms', { rp })
  const user = { id: bytes(terms.user), name: terms.name, displayName: terms.name }
  const made = await credential(navigator.credentials.create({ publicKey: {
    challenge: challenge(), rp: { id: rp, name: 'Coffer' }, user, excludeCredentials: named(terms.known.map(bytes)),
    pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' }, extensions: { prf: {} },
  } }))
  if (!made.getClientExtensionResults().prf?.enabled) throw new Error(t('passkeyNone'))
  const id = new Uint8Array(made.rawId)
  await call('addPasskey', { credential: id, rp, secret: await evaluate(terms, [id]) })
}
