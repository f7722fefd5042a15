package wire

// ProposalResponse holds a proposal as an MLSMessage.
type ProposalResponse struct {
	Proposal []byte `pb:"1"`
}

// AddProposalRequest proposes to add a key package.
type AddProposalRequest struct {
	StateID    uint32 `pb:"1"`
	KeyPackage []byte `pb:"2"`
}

// UpdateProposalRequest proposes to update the own leaf.
type UpdateProposalRequest struct {
	StateID uint32 `pb:"1"`
}

// RemoveProposalRequest proposes to remove the member of an identity.
type RemoveProposalRequest struct {
	StateID   uint32 `pb:"1"`
	RemovedID []byte `pb:"2"`
}

// ExternalPSKProposalRequest proposes an external pre-shared key.
type ExternalPSKProposalRequest struct {
	StateID uint32 `pb:"1"`
	PSKID   []byte `pb:"2"`
}

// ResumptionPSKProposalRequest proposes the resumption PSK of an earlier epoch.
type ResumptionPSKProposalRequest struct {
	StateID uint32 `pb:"1"`
	EpochID uint64 `pb:"2"`
}

// Extension is an extension of the GroupContext.
type Extension struct {
	ExtensionType uint32 `pb:"1"`
	ExtensionData []byte `pb:"2"`
}

// GroupContextExtensionsProposalRequest proposes to replace the extensions.
type GroupContextExtensionsProposalRequest struct {
	StateID    uint32       `pb:"1"`
	Extensions []*Extension `pb:"2"`
}

// ProposalDescription describes a proposal; ProposalType says which fields
// count: "add", "remove", "externalPSK", "resumptionPSK",
// "groupContextExtensions" or "reinit".
type ProposalDescription struct {
	ProposalType []byte       `pb:"1"`
	KeyPackage   []byte       `pb:"2"`
	RemovedID    []byte       `pb:"3"`
	PSKID        []byte       `pb:"4"`
	EpochID      uint64       `pb:"5"`
	Extensions   []*Extension `pb:"6"`
	GroupID      []byte       `pb:"7"`
	CipherSuite  uint32       `pb:"8"`
}

// CommitRequest asks for a commit, which then is pending.
type CommitRequest struct {
	StateID      uint32                 `pb:"1"`
	ByReference  [][]byte               `pb:"2"`
	ByValue      []*ProposalDescription `pb:"3"`
	ForcePath    bool                   `pb:"4"`
	ExternalTree bool                   `pb:"5"`
}

// CommitResponse holds the commit, the Welcome if there are new members, and the
// tree if it was asked for.
type CommitResponse struct {
	Commit      []byte `pb:"1"`
	Welcome     []byte `pb:"2"`
	RatchetTree []byte `pb:"3"`
}

// HandleCommitRequest processes another member's commit.
type HandleCommitRequest struct {
	StateID  uint32   `pb:"1"`
	Proposal [][]byte `pb:"2"`
	Commit   []byte   `pb:"3"`
}

// HandleCommitResponse names the state of the new epoch.
type HandleCommitResponse struct {
	StateID            uint32 `pb:"1"`
	EpochAuthenticator []byte `pb:"2"`
}

// HandlePendingCommitRequest takes the own pending commit.
type HandlePendingCommitRequest struct {
	StateID uint32 `pb:"1"`
}

// NewMemberAddProposalRequest asks for a proposal to be added oneself.
type NewMemberAddProposalRequest struct {
	GroupInfo []byte `pb:"1"`
	Identity  []byte `pb:"2"`
}

// NewMemberAddProposalResponse holds it, with the private keys.
type NewMemberAddProposalResponse struct {
	TransactionID  uint32 `pb:"1"`
	Proposal       []byte `pb:"2"`
	InitPriv       []byte `pb:"3"`
	EncryptionPriv []byte `pb:"4"`
	SignaturePriv  []byte `pb:"5"`
}

// CreateExternalSignerRequest makes a key that will sign from outside.
type CreateExternalSignerRequest struct {
	CipherSuite uint32 `pb:"1"`
	Identity    []byte `pb:"2"`
}

// CreateExternalSignerResponse holds its ExternalSender.
type CreateExternalSignerResponse struct {
	SignerID       uint32 `pb:"1"`
	ExternalSender []byte `pb:"2"`
}

// AddExternalSignerRequest proposes an external_senders extension with one more
// sender. The answer is a ProposalResponse.
type AddExternalSignerRequest struct {
	StateID        uint32 `pb:"1"`
	ExternalSender []byte `pb:"2"`
}

// ExternalSignerProposalRequest asks for a proposal from outside.
type ExternalSignerProposalRequest struct {
	SignerID    uint32               `pb:"1"`
	SignerIndex uint32               `pb:"2"`
	GroupInfo   []byte               `pb:"3"`
	RatchetTree []byte               `pb:"4"`
	Description *ProposalDescription `pb:"5"`
}
