package disclose

import "time"

// Version is the format's version. It changes when a field's meaning does; new
// fields may come without.
const Version = 1

// Section is one kind of item.
type Section[T any] struct {
	What string `json:"what"`
	// Count is how many items there are, Bytes the size of their stored values.
	Count   int    `json:"count"`
	Bytes   int64  `json:"bytes"`
	Reveals string `json:"reveals"`
	List    []T    `json:"list"`
}

// Disclosure is everything that a server holds about one account.
type Disclosure struct {
	Type    string    `json:"type"` // always "disclosure"
	Version int       `json:"version"`
	AsOf    time.Time `json:"asOf"`
	Handle  string    `json:"handle"`
	Host    string    `json:"host,omitempty"`
	Account string    `json:"account"`
	// Bytes is the sum of all sections'.
	Bytes int64 `json:"bytes"`

	Identity      Section[Identity]     `json:"identity"`
	Chain         Section[ChainEntry]   `json:"chain"`
	Keyholders    Section[Keyholder]    `json:"keyholders"`
	SealedRoots   Section[SealedRoot]   `json:"sealedRoots"`
	Sessions      Section[Session]      `json:"sessions"`
	SignIns       Section[struct{}]     `json:"signIns"`
	Links         Section[Link]         `json:"links"`
	Password      Section[Password]     `json:"password"`
	PINRecords    Section[PINRecord]    `json:"pinRecords"`
	CloudRecords  Section[CloudRecord]  `json:"cloudRecords"`
	Realms        Section[RealmInside]  `json:"realms"`
	KeyPackages   Section[KeyPackages]  `json:"keyPackages"`
	PrivateLog    Section[LogEntry]     `json:"privateLog"`
	Conversations Section[Conversation] `json:"conversations"`
	Invitations   Section[Invitation]   `json:"invitations"`
	WakeUps       Section[WakeUp]       `json:"wakeUps"`
	Attachments   Section[Attachments]  `json:"attachments"`
	Closing       Section[Closing]      `json:"closing"`
	Resets        Section[Reset]        `json:"resets"`

	PushSubscriptions Section[PushSubscription] `json:"pushSubscriptions"`
	Reports           Section[Report]           `json:"reports"`

	// NotHeld says in sentences what is not here.
	NotHeld []string `json:"notHeld"`
}

// Identity is the account's own row and its handle's.
type Identity struct {
	Handle  string    `json:"handle"`
	Claimed time.Time `json:"claimed"`
	// Registered is zero where a handle was reserved and nothing came of it.
	Registered time.Time `json:"registered,omitzero"`
	// Change is the counter of changes that the account's devices wait on.
	Change uint64 `json:"change"`
}

// ChainEntry is an entry of the account chain.
type ChainEntry struct {
	Seq    uint64    `json:"seq"`
	Kind   string    `json:"kind"`
	Time   time.Time `json:"time"` // as the signer claims
	Signer string    `json:"signer"`
	Bytes  int64     `json:"bytes"`
	// Added and Removed name keyholders, VaultEpoch the vault epoch that the
	// entry opens.
	Added      string   `json:"added,omitempty"`
	Removed    []string `json:"removed,omitempty"`
	VaultEpoch uint64   `json:"vaultEpoch,omitempty"`
	Realms     []string `json:"realms,omitempty"`
	Reveals    string   `json:"reveals"`
}

// Keyholder is a device or recovery method, present or past.
type Keyholder struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"`
	Added   time.Time `json:"added"`
	AddedBy string    `json:"addedBy"`
	Removed time.Time `json:"removed,omitzero"`
	Reason  string    `json:"reason,omitempty"` // of the removal: lost or compromised
	Name    string    `json:"name"`             // always "encrypted"
	// NameBytes is the size of the encrypted name.
	NameBytes int      `json:"nameBytes"`
	Realms    []string `json:"realms,omitempty"`
	Threshold int      `json:"threshold,omitempty"`
}

// SealedRoot is a vault root, encrypted to a keyholder.
type SealedRoot struct {
	VaultEpoch uint64 `json:"vaultEpoch"`
	Keyholder  string `json:"keyholder"`
	Bytes      int64  `json:"bytes"`
}

// Session is an open session.
type Session struct {
	// Keyholder is empty in a session that a password opened.
	Keyholder string    `json:"keyholder,omitempty"`
	Recovery  bool      `json:"recovery"` // good for a recovery only
	Opened    time.Time `json:"opened"`
	Expires   time.Time `json:"expires"`
}

// Password is what is known of the sign-in password.
type Password struct {
	Set       time.Time `json:"set"`
	Stretched string    `json:"stretched"` // with which parameters
}

// CloudRecord is the server's half of a cloud key, which is not shown.
type CloudRecord struct {
	Keyholder string `json:"keyholder"`
	Bytes     int64  `json:"bytes"`
	Password  bool   `json:"password"`
}

// PINRecord is what a fresh device needs before it goes to a PIN's realms.
type PINRecord struct {
	Keyholder string   `json:"keyholder"`
	Bytes     int64    `json:"bytes"`
	Realms    []string `json:"realms"`
	Threshold int      `json:"threshold,omitempty"`
}

// RealmInside is a realm that runs inside the server.
type RealmInside struct {
	Folder string `json:"folder"`
}

// KeyPackages are a device's key packages of one cipher suite.
type KeyPackages struct {
	Device     string    `json:"device"`
	Suite      uint16    `json:"suite"`
	Count      int       `json:"count"`
	LastResort int       `json:"lastResort"` // of Count
	Bytes      int64     `json:"bytes"`
	NotAfter   time.Time `json:"notAfter"` // of the one that is valid longest
}

// LogEntry is an entry of the private log.
type LogEntry struct {
	Seq        uint64    `json:"seq"`
	Device     string    `json:"device"`
	Time       time.Time `json:"time"` // as the device claims
	VaultEpoch uint64    `json:"vaultEpoch"`
	Bytes      int64     `json:"bytes"`
}

// Invitation is an invitation that the account used.
type Invitation struct {
	Created time.Time `json:"created"`
}

// WakeUp is news that has not been passed on yet.
type WakeUp struct {
	Conversation string `json:"conversation,omitempty"`
	Account      string `json:"account,omitempty"`
}

// Attachments are those of all people together.
type Attachments struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}
