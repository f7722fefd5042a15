package account

import "github.com/coffer-chat/coffer/mls/syntax"

// PasskeySecretSize is the size in bytes of what a passkey's PRF extension gives:
// the secret of a keyholder of kind KindPasskey (spec/passkey.md).
const PasskeySecretSize = 32

// PasskeyInput is what an account's passkeys are asked to evaluate their PRF on.
// Whoever knows handle and server can make it, so that a fresh device needs
// nothing that was kept anywhere; another account, or the same one elsewhere, has
// another.
func PasskeyInput(host Host, id ID) Hash { return passkeyHash("passkey PRF input", host, id) }

// PasskeyUser is the user handle under which an authenticator keeps the account's
// passkey. It keeps one for each, and tells nobody which account it is.
func PasskeyUser(host Host, id ID) Hash { return passkeyHash("passkey user handle", host, id) }

func passkeyHash(label string, host Host, id ID) Hash {
	return HashWithLabel(label, append(syntax.AppendString(nil, string(host)), id[:]...))
}
