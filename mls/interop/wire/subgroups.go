package wire

// ReInitProposalRequest proposes to reinitialise the group.
type ReInitProposalRequest struct {
	StateID     uint32       `pb:"1"`
	CipherSuite uint32       `pb:"2"`
	GroupID     []byte       `pb:"3"`
	Extensions  []*Extension `pb:"4"`
}

// HandleReInitCommitResponse holds a key package for the group that follows.
type HandleReInitCommitResponse struct {
	ReInitID           uint32 `pb:"1"`
	KeyPackage         []byte `pb:"2"`
	EpochAuthenticator []byte `pb:"3"`
}

// ReInitWelcomeRequest begins the group that follows.
type ReInitWelcomeRequest struct {
	ReInitID     uint32   `pb:"1"`
	KeyPackage   [][]byte `pb:"2"`
	ForcePath    bool     `pb:"3"`
	ExternalTree bool     `pb:"4"`
}

// CreateSubgroupResponse holds the Welcome to a group that was just begun.
type CreateSubgroupResponse struct {
	StateID            uint32 `pb:"1"`
	Welcome            []byte `pb:"2"`
	RatchetTree        []byte `pb:"3"`
	EpochAuthenticator []byte `pb:"4"`
}

// HandleReInitWelcomeRequest joins the group that follows. The answer is a
// JoinGroupResponse.
type HandleReInitWelcomeRequest struct {
	ReInitID    uint32 `pb:"1"`
	Welcome     []byte `pb:"2"`
	RatchetTree []byte `pb:"3"`
}

// CreateBranchRequest begins a group of some members.
type CreateBranchRequest struct {
	StateID      uint32       `pb:"1"`
	GroupID      []byte       `pb:"2"`
	Extensions   []*Extension `pb:"3"`
	KeyPackages  [][]byte     `pb:"4"`
	ForcePath    bool         `pb:"5"`
	ExternalTree bool         `pb:"6"`
}

// HandleBranchRequest joins it.
type HandleBranchRequest struct {
	StateID       uint32 `pb:"1"`
	TransactionID uint32 `pb:"2"`
	Welcome       []byte `pb:"3"`
	RatchetTree   []byte `pb:"4"`
}

// HandleBranchResponse names the new state; the old one stays.
type HandleBranchResponse struct {
	StateID            uint32 `pb:"1"`
	EpochAuthenticator []byte `pb:"2"`
}
