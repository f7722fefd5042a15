package mls

import "errors"

// Why a message, an object or a request is refused. They are wrapped with the
// place of the refusal; test for them with errors.Is. None of their texts holds
// data from a message.
var (
	// ErrMalformed: the bytes are not an encoding of the object (RFC 9420,
	// section 6 and others). It wraps the reader's error where there is one.
	ErrMalformed = errors.New("mls: malformed encoding")
	// ErrUnsupportedSuite: the cipher suite is unknown or not built.
	ErrUnsupportedSuite = errors.New("mls: cipher suite not supported")
	// ErrUnsupportedVersion: not protocol version mls10.
	ErrUnsupportedVersion = errors.New("mls: protocol version not supported")
	// ErrUnsupported: an extension, proposal or credential type that a member
	// concerned does not list in its capabilities.
	ErrUnsupported = errors.New("mls: type not supported by a member")
	// ErrBadKey: a public or private key is malformed.
	ErrBadKey = errors.New("mls: invalid key")
	// ErrDecrypt: a ciphertext does not open. Nothing more is said.
	ErrDecrypt = errors.New("mls: decryption failed")
	// ErrBadSignature: a signature does not verify.
	ErrBadSignature = errors.New("mls: invalid signature")
	// ErrBadMembershipTag: the membership tag of a PublicMessage is wrong.
	ErrBadMembershipTag = errors.New("mls: invalid membership tag")
	// ErrBadConfirmationTag: the confirmation tag does not match the epoch.
	ErrBadConfirmationTag = errors.New("mls: invalid confirmation tag")
	// ErrWrongGroup: the message belongs to another group.
	ErrWrongGroup = errors.New("mls: message of another group")
	// ErrWrongEpoch: the message belongs to another epoch.
	ErrWrongEpoch = errors.New("mls: message of another epoch")
	// ErrWrongContent: the message is not of the kind that the call takes.
	ErrWrongContent = errors.New("mls: unexpected kind of message")
	// ErrBadSender: the sender may not send this, or is no member.
	ErrBadSender = errors.New("mls: sender not allowed")
	// ErrOwnMessage: the message was sent by this very member.
	ErrOwnMessage = errors.New("mls: own message")
	// ErrGenerationUsed: the key of this generation was used or dropped already.
	ErrGenerationUsed = errors.New("mls: message generation already used")
	// ErrGenerationTooFar: the generation is too far ahead of the last one.
	ErrGenerationTooFar = errors.New("mls: message generation too far ahead")
	// ErrNoSender: the group was loaded without its sender record, or all
	// generations are used; it cannot seal.
	ErrNoSender = errors.New("mls: no sender state")
	// ErrSenderMismatch: the sender record belongs to another epoch or leaf.
	ErrSenderMismatch = errors.New("mls: sender state of another epoch")
	// ErrNoHistory: history secrets are not kept in this epoch.
	ErrNoHistory = errors.New("mls: history secrets not kept")
	// ErrInvalidLeaf: a leaf node breaks the rules of RFC 9420, section 7.3.
	ErrInvalidLeaf = errors.New("mls: invalid leaf node")
	// ErrInvalidKeyPackage: a key package breaks RFC 9420, section 10.1.
	ErrInvalidKeyPackage = errors.New("mls: invalid key package")
	// ErrLifetime: the current time is outside the leaf's lifetime.
	ErrLifetime = errors.New("mls: outside the leaf's lifetime")
	// ErrCredential: the application's Validator refused a credential; its own
	// error is wrapped too.
	ErrCredential = errors.New("mls: credential refused")
	// ErrDuplicateKey: a key that must be unique appears twice in the tree.
	ErrDuplicateKey = errors.New("mls: key appears twice in the group")
	// ErrInvalidTree: the ratchet tree breaks a rule of RFC 9420, section 7.
	ErrInvalidTree = errors.New("mls: invalid ratchet tree")
	// ErrTreeHash: the ratchet tree does not match the GroupContext.
	ErrTreeHash = errors.New("mls: ratchet tree does not match the group context")
	// ErrParentHash: a parent hash is wrong (RFC 9420, section 7.9).
	ErrParentHash = errors.New("mls: invalid parent hash")
	// ErrInvalidPath: an UpdatePath does not fit the tree (section 7.5, 7.6).
	ErrInvalidPath = errors.New("mls: invalid update path")
	// ErrPathRequired: the commit needs an UpdatePath (section 12.4).
	ErrPathRequired = errors.New("mls: update path required")
	// ErrInvalidProposal: one proposal is invalid (section 12.1).
	ErrInvalidProposal = errors.New("mls: invalid proposal")
	// ErrProposalList: the proposals may not stand together in one commit
	// (section 12.2).
	ErrProposalList = errors.New("mls: invalid proposal list")
	// ErrUnknownProposal: a proposal reference names no queued proposal.
	ErrUnknownProposal = errors.New("mls: reference to an unknown proposal")
	// ErrUnknownPSK: a pre-shared key is not at hand.
	ErrUnknownPSK = errors.New("mls: pre-shared key not available")
	// ErrNoTree: neither the message nor the options hold the ratchet tree.
	ErrNoTree = errors.New("mls: ratchet tree missing")
	// ErrNotForUs: the Welcome names none of this client's key packages.
	ErrNotForUs = errors.New("mls: welcome for another key package")
	// ErrNoExternalPub: the GroupInfo has no external_pub extension.
	ErrNoExternalPub = errors.New("mls: group info without external_pub")
	// ErrUnknownLeaf: the leaf index names no member.
	ErrUnknownLeaf = errors.New("mls: no member at this leaf")
	// ErrReInit: a ReInit was committed; the group takes no more messages.
	ErrReInit = errors.New("mls: group is being reinitialised")
	// ErrFounding: a group does not follow from another as RFC 9420, sections
	// 11.2 and 11.3, ask.
	ErrFounding = errors.New("mls: group does not follow from the other one")
	// ErrNotReady: the Group, PublicGroup, reader or bundle is a zero value, or
	// was erased.
	ErrNotReady = errors.New("mls: zero or erased value")
	// ErrRandomness: the source of randomness is missing or failed; its own
	// error is wrapped too.
	ErrRandomness = errors.New("mls: no randomness")
	// ErrTooLarge: an input exceeds a limit of this package.
	ErrTooLarge = errors.New("mls: input too large")
)
