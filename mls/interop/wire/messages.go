package wire

// NameRequest asks who this is.
type NameRequest struct{}

// NameResponse is the name of the implementation.
type NameResponse struct {
	Name string `pb:"1"`
}

// SupportedCiphersuitesRequest asks which suites can be run.
type SupportedCiphersuitesRequest struct{}

// SupportedCiphersuitesResponse lists them by their registered values.
type SupportedCiphersuitesResponse struct {
	Ciphersuites []uint32 `pb:"1"`
}

// CreateGroupRequest begins a group with one member.
type CreateGroupRequest struct {
	GroupID          []byte `pb:"1"`
	CipherSuite      uint32 `pb:"2"`
	EncryptHandshake bool   `pb:"3"`
	Identity         []byte `pb:"4"`
}

// CreateGroupResponse names the new state.
type CreateGroupResponse struct {
	StateID uint32 `pb:"1"`
}

// CreateKeyPackageRequest asks for a key package under a basic credential.
type CreateKeyPackageRequest struct {
	CipherSuite uint32 `pb:"1"`
	Identity    []byte `pb:"2"`
}

// CreateKeyPackageResponse holds a key package and its private keys, which the
// runner writes into the test vectors that it can make.
type CreateKeyPackageResponse struct {
	TransactionID  uint32 `pb:"1"`
	KeyPackage     []byte `pb:"2"`
	InitPriv       []byte `pb:"3"`
	EncryptionPriv []byte `pb:"4"`
	SignaturePriv  []byte `pb:"5"`
}

// JoinGroupRequest joins by a Welcome for the transaction's key package.
type JoinGroupRequest struct {
	TransactionID    uint32 `pb:"1"`
	Welcome          []byte `pb:"2"`
	EncryptHandshake bool   `pb:"3"`
	Identity         []byte `pb:"4"`
	RatchetTree      []byte `pb:"5"`
}

// JoinGroupResponse names the new state.
type JoinGroupResponse struct {
	StateID            uint32 `pb:"1"`
	EpochAuthenticator []byte `pb:"2"`
}

// PreSharedKey is an external pre-shared key.
type PreSharedKey struct {
	PSKID     []byte `pb:"1"`
	PSKSecret []byte `pb:"2"`
}

// ExternalJoinRequest joins by an external commit.
type ExternalJoinRequest struct {
	GroupInfo        []byte          `pb:"1"`
	RatchetTree      []byte          `pb:"2"`
	EncryptHandshake bool            `pb:"3"`
	Identity         []byte          `pb:"4"`
	RemovePrior      bool            `pb:"5"`
	PSKs             []*PreSharedKey `pb:"6"`
}

// ExternalJoinResponse holds the external commit.
type ExternalJoinResponse struct {
	StateID            uint32 `pb:"1"`
	Commit             []byte `pb:"2"`
	EpochAuthenticator []byte `pb:"3"`
}

// GroupInfoRequest asks for a GroupInfo with external_pub.
type GroupInfoRequest struct {
	StateID      uint32 `pb:"1"`
	ExternalTree bool   `pb:"2"`
}

// GroupInfoResponse holds it, and the tree if that was asked for.
type GroupInfoResponse struct {
	GroupInfo   []byte `pb:"1"`
	RatchetTree []byte `pb:"2"`
}

// StateAuthRequest asks for the epoch authenticator.
type StateAuthRequest struct {
	StateID uint32 `pb:"1"`
}

// StateAuthResponse holds it.
type StateAuthResponse struct {
	StateAuthSecret []byte `pb:"1"`
}

// ExportRequest asks for an exported secret.
type ExportRequest struct {
	StateID   uint32 `pb:"1"`
	Label     string `pb:"2"`
	Context   []byte `pb:"3"`
	KeyLength uint32 `pb:"4"`
}

// ExportResponse holds it.
type ExportResponse struct {
	ExportedSecret []byte `pb:"1"`
}

// ProtectRequest seals an application message.
type ProtectRequest struct {
	StateID           uint32 `pb:"1"`
	AuthenticatedData []byte `pb:"2"`
	Plaintext         []byte `pb:"3"`
}

// ProtectResponse holds the MLSMessage.
type ProtectResponse struct {
	Ciphertext []byte `pb:"1"`
}

// UnprotectRequest opens an application message.
type UnprotectRequest struct {
	StateID    uint32 `pb:"1"`
	Ciphertext []byte `pb:"2"`
}

// UnprotectResponse holds what was in it.
type UnprotectResponse struct {
	AuthenticatedData []byte `pb:"1"`
	Plaintext         []byte `pb:"2"`
}

// StorePSKRequest installs an external pre-shared key. States and transactions
// share one number space, because this request does not say which it means.
type StorePSKRequest struct {
	StateOrTransactionID uint32 `pb:"1"`
	PSKID                []byte `pb:"2"`
	PSKSecret            []byte `pb:"3"`
}

// StorePSKResponse is empty.
type StorePSKResponse struct{}

// FreeRequest gives a state up.
type FreeRequest struct {
	StateID uint32 `pb:"1"`
}

// FreeResponse is empty.
type FreeResponse struct{}
