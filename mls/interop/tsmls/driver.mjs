// Plays members of MLS groups with ts-mls, at the command of a test in Go: one
// JSON object a line in, one a line out. Bytes are base64. A request names an
// operation and a member; the answer holds "error" if it failed.
import { createInterface } from "node:readline"
import {
  createApplicationMessage,
  createCommit,
  createGroup,
  createGroupInfoWithExternalPubAndRatchetTree,
  createProposal,
  decodeMlsMessage,
  defaultCapabilities,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackage,
  joinGroup,
  joinGroupExternal,
  mlsExporter,
  processPrivateMessage,
  processPublicMessage,
} from "ts-mls"
import { forGroupInfo, forJoining, suiteImpl } from "./rfc9420.mjs"

/** @type {Map<string, {suite: object, keyPackage?: object, privateKeys?: object, state?: object}>} */
const members = new Map()

const bytes = (text) => new Uint8Array(Buffer.from(text ?? "", "base64"))
const text = (data) => Buffer.from(data).toString("base64")
const utf8 = (s) => new TextEncoder().encode(s)

function member(name) {
  const m = members.get(name)
  if (m === undefined) throw new Error(`nobody is called ${name}`)
  return m
}

function parse(message, wireformat) {
  const decoded = decodeMlsMessage(bytes(message), 0)
  if (decoded === undefined) throw new Error("not an MLSMessage")
  const [value, length] = decoded
  if (length !== bytes(message).length) throw new Error("bytes after the MLSMessage")
  if (wireformat !== undefined && value.wireformat !== wireformat) throw new Error(`a ${value.wireformat}`)
  return value
}

const frame = (wireformat, field, value) => text(encodeMlsMessage({ version: "mls10", wireformat, [field]: value }))

/** The leaf of a member by name, as ts-mls numbers leaves. */
function leafOf(state, name) {
  const at = state.ratchetTree.findIndex(
    (n) => n?.nodeType === "leaf" && Buffer.from(n.leaf.credential.identity).toString() === name,
  )
  if (at < 0) throw new Error(`no leaf of ${name}`)
  return at / 2
}

function proposal(m, q) {
  if (q.add !== undefined) {
    return { proposalType: "add", add: { keyPackage: parse(q.add, "mls_key_package").keyPackage } }
  }
  return { proposalType: "remove", remove: { removed: leafOf(m.state, q.remove) } }
}

const operations = {
  async keyPackage({ name, suite, lifetime }) {
    const impl = await suiteImpl(suite)
    const { publicPackage, privatePackage } = await generateKeyPackage(
      { credentialType: "basic", identity: utf8(name) },
      defaultCapabilities(),
      { notBefore: BigInt(lifetime[0]), notAfter: BigInt(lifetime[1]) },
      [],
      impl,
    )
    members.set(name, { suite: impl, keyPackage: publicPackage, privateKeys: privatePackage })
    return { message: frame("mls_key_package", "keyPackage", publicPackage) }
  },

  async create({ name, group }) {
    const m = member(name)
    m.state = await createGroup(bytes(group), m.keyPackage, m.privateKeys, [], m.suite)
    return {}
  },

  async join({ name, message }) {
    const m = member(name)
    const { welcome } = parse(message, "mls_welcome")
    m.state = await joinGroup(welcome, m.keyPackage, m.privateKeys, emptyPskIndex, m.suite)
    return {}
  },

  async groupInfo({ name }) {
    const m = member(name)
    const suite = forGroupInfo(m.suite, m.keyPackage.initKey.length)
    const info = await createGroupInfoWithExternalPubAndRatchetTree(m.state, [], suite)
    return { message: frame("mls_group_info", "groupInfo", info) }
  },

  async joinExternal({ name, message, resync }) {
    const m = member(name)
    const { groupInfo } = parse(message, "mls_group_info")
    const suite = forJoining(m.suite, m.keyPackage.initKey.length)
    const r = await joinGroupExternal(groupInfo, m.keyPackage, m.privateKeys, resync === true, suite)
    m.state = r.newState
    return { message: frame("mls_public_message", "publicMessage", r.publicMessage) }
  },

  async propose({ name, proposal: q, public: open }) {
    const m = member(name)
    const r = await createProposal(m.state, open === true, proposal(m, q), m.suite)
    m.state = r.newState
    return { message: text(encodeMlsMessage(r.message)) }
  },

  async commit({ name, proposals, public: open, aad }) {
    const m = member(name)
    const r = await createCommit(
      { state: m.state, cipherSuite: m.suite },
      {
        extraProposals: (proposals ?? []).map((q) => proposal(m, q)),
        wireAsPublicMessage: open === true,
        ratchetTreeExtension: true,
        authenticatedData: bytes(aad),
      },
    )
    m.state = r.newState
    const welcome = r.welcome && frame("mls_welcome", "welcome", r.welcome)
    return { message: text(encodeMlsMessage(r.commit)), welcome }
  },

  /** Takes a proposal, a commit or an application message. */
  async process({ name, message }) {
    const m = member(name)
    const value = parse(message)
    const r =
      value.wireformat === "mls_public_message"
        ? await processPublicMessage(m.state, value.publicMessage, emptyPskIndex, m.suite)
        : await processPrivateMessage(m.state, value.privateMessage, emptyPskIndex, m.suite)
    m.state = r.newState
    return { text: r.kind === "applicationMessage" ? text(r.message) : undefined }
  },

  async seal({ name, text: plain, aad }) {
    const m = member(name)
    const r = await createApplicationMessage(m.state, bytes(plain), m.suite, bytes(aad))
    m.state = r.newState
    return { message: frame("mls_private_message", "privateMessage", r.privateMessage) }
  },

  async state({ name, label, context, length }) {
    const m = member(name)
    const exported = await mlsExporter(m.state.keySchedule.exporterSecret, label, bytes(context), length, m.suite)
    return {
      epoch: Number(m.state.groupContext.epoch),
      authenticator: text(m.state.keySchedule.epochAuthenticator),
      exported: text(exported),
      active: m.state.groupActiveState.kind === "active",
    }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer
  try {
    const { op, ...request } = JSON.parse(line)
    if (!Object.hasOwn(operations, op)) throw new Error(`no operation ${op}`)
    answer = await operations[op](request)
  } catch (e) {
    answer = { error: e instanceof Error ? `${e.name}: ${e.message}` : String(e) }
  }
  process.stdout.write(JSON.stringify(answer) + "\n")
}
