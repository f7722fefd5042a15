package account

import "errors"

// Why an entry or a chain is refused. ErrSequence alone is no fault of the
// entry: somebody else appended first, so build it again on the new head.
var (
	ErrMalformed   = errors.New("account: malformed encoding")
	ErrVersion     = errors.New("account: unknown version")
	ErrEmpty       = errors.New("account: no entries")
	ErrSequence    = errors.New("account: entry does not follow the head")
	ErrPrevHash    = errors.New("account: entry names another predecessor")
	ErrAccount     = errors.New("account: entry is of another account")
	ErrGenesis     = errors.New("account: genesis entry only at the start, and only it")
	ErrChainFull   = errors.New("account: chain is full")
	ErrEntrySize   = errors.New("account: entry too large")
	ErrFork        = errors.New("account: chain lacks a head once seen")
	ErrLogHead     = errors.New("account: entry goes back in the private log")
	ErrNoAuthority = errors.New("account: signer may not sign this entry")
	ErrNotActive   = errors.New("account: not a keyholder at this point")

	ErrCountersignature   = errors.New("account: countersignature missing, unexpected or wrong")
	ErrKeyholderExists    = errors.New("account: keyholder was added before")
	ErrKeyReused          = errors.New("account: key was used before")
	ErrKeyholderKind      = errors.New("account: wrong kind of keyholder")
	ErrKeyholderName      = errors.New("account: encrypted name too long")
	ErrTooManyKeyholders  = errors.New("account: too many keyholders")
	ErrKeyholderRealms    = errors.New("account: realms belong to a PIN's entry, and only there")
	ErrRemovesSelf        = errors.New("account: a keyholder cannot remove itself")
	ErrRemoval            = errors.New("account: removal names nobody, somebody twice or no reason")
	ErrVaultEpoch         = errors.New("account: not the next vault epoch")
	ErrVaultUnchanged     = errors.New("account: vault is already on or off as asked")
	ErrVaultOpening       = errors.New("account: vault opening lacks or has a previous root")
	ErrSealedRoots        = errors.New("account: not exactly the sealed roots that the entry needs")
	ErrRoot               = errors.New("account: vault root contradicts the chain")
	ErrLeafIdentity       = errors.New("account: leaf identity does not hold")
	ErrHeadTable          = errors.New("account: malformed head table")
	ErrHeadOlder          = errors.New("account: head table names an older head than before")
	ErrHeadMismatch       = errors.New("account: head table contradicts the chain")
	ErrSignIn             = errors.New("account: sign-in refused")
	ErrPassword           = errors.New("account: password empty or too long")
	ErrPasswordParameters = errors.New("account: password stretching parameters out of bounds")
	ErrContactLink        = errors.New("account: malformed contact link")
)
