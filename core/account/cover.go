package account

// Covered reports whether an entry of this type takes effect in a conversation
// with the first commit that names it, so that members who know of it commit
// before they send, and messages of the epoch before are not taken any more: a
// removal, a vault turned on or off, and the account's end.
func (t BodyType) Covered() bool { return t == BodyRemove || t == BodyVault || t == BodyClose }
