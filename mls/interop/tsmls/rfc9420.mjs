// ts-mls 1.6.4 departs from RFC 9420 in two places. These wrappers around its
// cipher suites make up for it, from outside; nothing else is changed.
import { getCiphersuiteImpl } from "ts-mls"
import { getCiphersuiteFromId } from "ts-mls/crypto/ciphersuite.js"
import { p256, p384, p521 } from "@noble/curves/nist.js"

const curves = { 2: p256, 5: p521, 7: p384 }

/**
 * A cipher suite whose ECDSA public keys are uncompressed points (RFC 9420,
 * section 5.1.1); ts-mls compresses them.
 */
export async function suiteImpl(id) {
  const impl = await getCiphersuiteImpl(getCiphersuiteFromId(id))
  const curve = curves[id]
  if (curve === undefined) return impl
  const signature = {
    ...impl.signature,
    async keygen() {
      const { signKey, publicKey } = await impl.signature.keygen()
      return { signKey, publicKey: curve.Point.fromBytes(publicKey).toBytes(false) }
    },
  }
  return { ...impl, signature }
}

// The content of an external_pub extension is a structure that holds an
// HPKEPublicKey with its length (section 12.4.3.2). ts-mls 1.6.4 leaves the
// length out; its later versions do not (ts-mls pull request 449).
const head = (size) => (size < 64 ? [size] : [0x40 | (size >> 8), size & 0xff])

/** A cipher suite to make a GroupInfo with. size is that of a public key. */
export function forGroupInfo(impl, size) {
  const exportPublicKey = async (k) => new Uint8Array([...head(size), ...(await impl.hpke.exportPublicKey(k))])
  return { ...impl, hpke: { ...impl.hpke, exportPublicKey } }
}

/** A cipher suite to join by a GroupInfo with. size is that of a public key. */
export function forJoining(impl, size) {
  const prefix = head(size)
  const importPublicKey = async (k) => {
    const framed = k.length === prefix.length + size && prefix.every((b, i) => k[i] === b)
    return impl.hpke.importPublicKey(framed ? k.slice(prefix.length) : k)
  }
  return { ...impl, hpke: { ...impl.hpke, importPublicKey } }
}
