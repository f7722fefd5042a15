// The engine's objects, as spec/cli.md has them.

export interface Person { handle: string; account: string }

export interface Reaction extends Person { emoji: string }

export interface Attachment { name: string; size: number; mediaType: string; sha256: string }

export interface Message {
  type: 'message'
  id: string
  seq: number
  conversation: string
  sender: Person
  time: string
  text: string
  edited: boolean
  unsent: boolean
  replyTo: string
  reactions: Reaction[]
  attachments: Attachment[]
  state: 'queued' | 'sent'
  source: string
  unreadable: boolean
  why?: 'vaultOff' | 'vaultUnheard' | 'deposit'
  readBy?: string[]
  expires?: string
  forwarded?: boolean
  givenBy?: string
  mentions: Person[]
}

/** What happened in a conversation, such as somebody joining. */
export interface Happening {
  type: 'event'
  event: 'created' | 'added' | 'removed' | 'left' | 'joined' | 'renamed' | 'role' | 'expiry' | 'history' | 'closed' | 'reopened'
  seq: number
  conversation: string
  sender: Person
  time: string
  text: string
}

export type Entry = Message | Happening

export type Role = 'owner' | 'admin' | 'member'

export interface Participant extends Person { role: Role; name?: string; picture?: number; reset?: string }

export interface Conversation {
  type: 'conversation'
  id: string
  kind: 'direct' | 'group'
  name: string
  participants: Participant[]
  lastActivity: string
  messages: number
  headSeq: number
  imported: boolean
  left: boolean
  keepsHistory: string[]
  pending: number
  expirySeconds: number
  history?: boolean
  unread: number
  mutedTo?: string
  pinned?: boolean
  archived?: boolean
  blocked?: boolean
  closed?: boolean
  request?: boolean
  /** When the other one's handle went to a new account, by the server's word. */
  reset?: string
  draft?: string
  picture?: number
}

export interface Identity { type: 'identity'; handle: string; account: string; host: string; server: string; device: string; deviceName: string }

export interface Keyholder {
  type: 'keyholder'
  id: string
  kind: 'device' | 'code' | 'pin' | 'passkey' | 'cloud'
  name: string
  added: string
  addedBy: string
  removed: boolean
  this: boolean
  lastSeen: string
  platform: string
  place: string
  tested: string
  spent?: boolean
}

export interface Removal { type: 'removal'; id: string; name: string; reason: 'lost' | 'compromised'; conversations: number; pending: number }

/** What an authenticator is asked with: bytes in hexadecimal. */
export interface Passkey { type: 'passkey'; input: string; user: string; name: string; known: string[] }

/** Where a linking is: what to show, or to ask. */
export interface LinkStage {
  type: 'link'
  stage: 'shown' | 'ask' | 'confirm' | 'done' | 'restored'
  code?: string
  link?: string
  expires?: string
  left?: number
  name?: string
  platform?: string
}

export type Health = 'ok' | 'degraded' | 'broken' | 'unknown'

export interface Check { name: string; state: Health; detail: string; form: string; values: string[]; checkedAt: string }

export interface Vault {
  type: 'vault'
  state: Health
  /** Whether history is kept. */
  on: boolean
  checks: Check[]
  realms: number
  operators: number
}

export interface Gap { conversation: string; name: string; from: number; to: number; messages?: number; reason: string }

export interface Restored {
  type: 'restored'
  account: string
  handle: string
  conversations: number
  messages: number
  expected: number
  gaps: Gap[]
  unkept: Gap[]
  intact: boolean
  confirmedBy: string
  witnesses: number
  asOf: string
  unlockMs: number
  firstPageMs: number
  totalMs: number
  keyholders: Keyholder[]
}

export interface Safety { type: 'safety'; handle: string; account: string; number: string; link: string; pinned: boolean }

/** What people compare to know that the server shows them one conversation (spec/log.md). */
export interface History { type: 'history'; seq: number; number: string; newest: number; result: '' | 'same' | 'differs' | 'ahead' | 'missing' }

export interface Typing { type: 'typing'; conversation: string; sender: Person; time: string }

export interface Privacy { readMarks: boolean; typing: boolean }

export interface Progress { type: 'progress'; task: string; done: number; total: number }

export interface Code { type: 'code'; id: string; code: string }

// Of notifications (spec/push.md).

export interface NotifySetting { type: 'notifySetting'; on: boolean; show: 'text' | 'name' | 'nothing' }

export interface News {
  type: 'notification'
  conversation: string
  kind: 'direct' | 'group' | ''
  name: string
  sender: string
  text: string
  file: string
  time: string
  count: number
  mention: boolean
  request: boolean
  added: boolean
  fresh: boolean
}
export interface Contact { type: 'contact'; handle: string; account: string; link: string }

export interface Profile { type: 'profile'; handle: string; account: string; name: string; size: number; mediaType: string; sha256: string }

export interface Invite { type: 'invite'; id: string; group: string; name: string; link?: string; by: string; expires: string; uses: number; used: number }

/** What a report would show to the moderators. */
export interface Draft { to: string; days: number; seqs: string[]; shown: Version[] }

export interface Version { text: string; time: string; handle?: string }

/** What happened to the account and may have been somebody else. */
export interface Notice {
  type: 'notice'
  number: number
  kind: 'added' | 'recovered' | 'removed' | 'vault' | 'guess' | 'locked' | 'realm' | 'reset' | 'contact' | 'deposit'
  time: string
  id: string
  name: string
  what: '' | Keyholder['kind']
  by: string
  byName: string
  byWhat: '' | Keyholder['kind']
  text: string
  guesses: number
  wrong: number
  // Of a commit with a wrong deposit.
  conversationName?: string
  handle?: string
  device?: string
}

// Of handles that go to new accounts (spec/reset.md).

export interface Reset { type: 'reset'; handle: string; account: string; asked: string; due: string; done: boolean; former: string; kept: string }

export interface OwnReset { type: 'ownReset'; state: '' | 'asked' | 'stopped' | 'done'; at: string; kept: string }

export interface ContactReset { type: 'contactReset'; handle: string; at: string; old: string; new: string; oldNumber: string; newNumber: string }

// Of the account itself.

export interface Guess { realm: string; seq: number; time: string; event: 'registered' | 'guess' | 'opened' | 'wrong' | 'locked' | 'restored'; inARow: number; failures: number }

export interface Guesses { type: 'guesses'; log: Guess[]; missing: string[] }

export interface Switched { type: 'switched'; on: boolean; conversations: number; pending: number }

/** The server's receipt for an account that was closed. */
export interface Closed {
  type: 'closed'
  handle: string
  host: string
  time: string
  serverKey: string
  lines: { kept: boolean; count: number; what: string }[]
  receipt: string
  leftOver: string[]
}

/** A section of a disclosure (spec/disclosure.md). */
export interface Held { what: string; count: number; bytes: number; reveals: string; list: unknown[] }

export interface Disclosure { asOf: string; bytes: number; notHeld: string[]; [section: string]: unknown }

/** What a call fails with. */
export interface Failure {
  kind: 'failed' | 'usage' | 'wrong-secret' | 'locked' | 'unreachable' | 'integrity' | 'in-use' | 'refused'
  message: string
  promise?: string
  /** What the message was made of, and with what: text/index.ts finds other languages by it. */
  form?: string
  values?: string[]
  guessesLeft?: number
  wanted?: 'password' | 'metadata' | 'smaller'
  choices?: string[]
}

/** Every call of the engine: what it takes and what it returns. */
export interface Calls {
  register: (p: { handle: string; invite?: string; password?: string }) => Identity
  restore: (p: { handle: string; code?: string; pin?: string; password?: string; cloudFile?: Uint8Array; passkey?: Uint8Array; all?: boolean; lost?: string[]; lostAll?: boolean; before?: boolean }) => Restored
  whoami: () => Identity
  sync: () => { type: 'synced'; sent: number; received: number; pending: number }
  watch: () => null
  step: () => { type: 'stepped'; more: boolean; done: number; total: number }
  seqAt: (p: { to: string; at: number }) => number
  list: () => Conversation[]
  history: (p: { to: string; before?: number; limit?: number; noSync?: boolean }) => Entry[]
  search: (p: { words: string[]; in?: string }) => Message[]
  find: (p: { to: string }) => Conversation
  send: (p: { to: string; text: string; replyTo?: string; key?: string; files?: File[]; expiry?: number; keepMetadata?: boolean }) => Message
  edit: (p: { id: string; text: string }) => Message
  unsend: (p: { id: string }) => null
  delete: (p: { id: string }) => null
  react: (p: { id: string; emoji: string; remove?: boolean }) => null
  attachment: (p: { id: string; index: number }) => Uint8Array
  groupCreate: (p: { name: string; handles: string[] }) => Conversation
  groupAdd: (p: { name: string; handles: string[] }) => null
  groupRemove: (p: { name: string; handles: string[] }) => null
  groupLeave: (p: { name: string }) => null
  devices: () => Keyholder[]
  recoveryMethods: () => Keyholder[]
  removeRecovery: (p: { id: string }) => Keyholder
  addCode: () => Code
  addPIN: (p: { pin: string; password: string }) => Keyholder
  testRecovery: (p: { code?: string; pin?: string; password?: string; cloudFile?: Uint8Array; passkey?: Uint8Array }) => Keyholder
  vaultStatus: () => Vault
  removeDevices: (p: { ids: string[] }) => null
  safety: (p: { handle: string }) => Safety
  compareHistory: (p: { to: string; theirs: string }) => History
  typing: (p: { to: string }) => null
  privacy: () => Privacy
  setPrivacy: (p: Privacy) => null
  notifySetting: () => NotifySetting
  notifySet: (p: { on: boolean; show: NotifySetting['show'] }) => null
  notifications: (p: { sync?: boolean; viewing: string[] }) => News[]
  pushKey: () => Uint8Array
  pushSubscribe: (p: { endpoint: string }) => null
  pushUnsubscribe: () => null
  read: (p: { to: string; seq: number }) => null
  mute: (p: { to: string; seconds?: number; off?: boolean }) => null
  pin: (p: { to: string; off?: boolean }) => null
  archive: (p: { to: string; off?: boolean }) => null
  draft: (p: { to: string; text: string }) => null
  block: (p: { handle: string; off?: boolean }) => null
  accept: (p: { handle: string }) => null
  clear: (p: { to: string }) => null
  expire: (p: { to: string; seconds: number }) => Conversation
  groupHistory: (p: { to: string; on: boolean }) => Conversation
  forward: (p: { id: string; to: string }) => Message
  versions: (p: { id: string }) => Version[]
  reportDraft: (p: { id: string; around: number }) => Draft
  report: (p: Draft & { reason: string }) => string
  contact: () => Contact
  follow: (p: { link: string }) => Contact
  profile: (p: { handle: string }) => Profile
  setProfile: (p: { name?: string; picture?: Blob }) => Profile
  picture: (p: { handle?: string; to?: string }) => Uint8Array
  groupSet: (p: { to: string; name?: string; picture?: Blob }) => Conversation
  groupRole: (p: { to: string; handle: string; role: Role }) => null
  invite: (p: { to: string; seconds: number; uses: number }) => Invite
  invites: (p: { to: string }) => Invite[]
  uninvite: (p: { id: string }) => null
  disclosure: () => Disclosure
  passkeyTerms: (p: { rp: string; handle?: string; before?: boolean }) => Passkey
  addPasskey: (p: { credential: Uint8Array; rp: string; secret: Uint8Array }) => Keyholder
  addCloudFile: (p: { password?: string }) => { type: 'file'; name: string; text: string }
  pinDue: () => { type: 'pin'; due: boolean }
  revoke: (p: { id: string; compromised: boolean }) => Removal[]
  renameDevice: (p: { id: string; name: string }) => Keyholder
  linkBegin: (p: { handle?: string; ask?: boolean; text?: string }) => LinkStage
  linkNext: (p?: { answer: string }) => LinkStage
  linkEnd: () => null
  notices: () => Notice[]
  noticesShown: (p: { number: number }) => null
  ownReset: () => OwnReset
  keepAccount: () => null
  reset: (p: { handle: string; password?: string; code?: string }) => Reset
  awaited: () => Reset | null
  beforeReset: () => Reset | null
  contactReset: (p: { handle: string }) => ContactReset
  acceptReset: (p: { handle: string; old?: boolean }) => Contact
  groupAdmit: (p: { to: string; handle: string }) => null
  guessLog: () => Guesses
  setVault: (p: { on: boolean }) => Switched
  changePassword: (p: { password: string; pin?: string }) => null
  closeAccount: () => Closed
}

export type CallName = keyof Calls

/** Between the page and its worker. */
export type ToWorker = { id: number; name: 'open'; params: { deviceName: string } } | { id: number; name: CallName; params: unknown }

export type FromWorker =
  | { id: number; result: unknown }
  | { id: number; failure: Failure }
  | { event: Event; data: unknown }

/** What happens by itself. */
export type Event = 'message' | 'changed' | 'progress' | 'account' | 'typing' | 'notice'
