package convo

import (
	"crypto/sha256"
	"math/bits"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// DepositLeaf is the hash under which a deposit stands in the tree of its
// commit's deposits. Deposits are ordered by account.
func DepositLeaf(id account.ID, vaultEpoch uint64, sealed []byte) [32]byte {
	b := append([]byte{0}, id[:]...)
	b = syntax.AppendUint64(b, vaultEpoch)
	b = append(b, sealed...)
	return sha256.Sum256(b)
}

func depositNode(left, right [32]byte) [32]byte {
	b := append([]byte{1}, left[:]...)
	return sha256.Sum256(append(b, right[:]...))
}

// DepositRoot is the Merkle tree hash of RFC 9162, section 2.1.1, over the
// leaves; it lets a reader check its own deposit without the others'.
func DepositRoot(leaves [][32]byte) [32]byte {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	}
	k := split(len(leaves))
	return depositNode(DepositRoot(leaves[:k]), DepositRoot(leaves[k:]))
}

// DepositProof is the inclusion proof of RFC 9162, section 2.1.3.1, for the
// leaf at index.
func DepositProof(leaves [][32]byte, index int) [][32]byte {
	if len(leaves) <= 1 {
		return nil
	}
	k := split(len(leaves))
	if index < k {
		return append(DepositProof(leaves[:k], index), DepositRoot(leaves[k:]))
	}
	return append(DepositProof(leaves[k:], index-k), DepositRoot(leaves[:k]))
}

// CheckDepositProof verifies that leaf stands at index among count leaves
// under root (RFC 9162, section 2.1.3.2).
func CheckDepositProof(root, leaf [32]byte, index, count int, proof [][32]byte) error {
	if index < 0 || index >= count || count > MaxParticipants || len(proof) > bits.Len(uint(count)) {
		return ErrNotDeposited
	}
	got, rest := rootFromProof(leaf, index, count, proof)
	if len(rest) != 0 || got != root {
		return ErrNotDeposited
	}
	return nil
}

// rootFromProof computes the root bottom-up and returns what of the proof it
// did not use; a proof that is too short leaves a root that cannot match.
func rootFromProof(leaf [32]byte, index, count int, proof [][32]byte) ([32]byte, [][32]byte) {
	if count == 1 {
		return leaf, proof
	}
	if len(proof) == 0 {
		return [32]byte{}, [][32]byte{{}}
	}
	last := len(proof) - 1
	k := split(count)
	if index < k {
		h, rest := rootFromProof(leaf, index, k, proof[:last])
		return depositNode(h, proof[last]), rest
	}
	h, rest := rootFromProof(leaf, index-k, count-k, proof[:last])
	return depositNode(proof[last], h), rest
}

// InDepositTree reports whether leaves, 32 bytes each, are the count ones under root,
// and leaf is among them: whether the committer who has signed root and count has
// signed the deposit.
func InDepositTree(root [32]byte, count uint32, leaves []byte, leaf [32]byte) bool {
	if len(leaves)%32 != 0 || len(leaves)/32 != int(count) || count > MaxParticipants {
		return false
	}
	tree, found := make([][32]byte, count), false
	for i := range tree {
		tree[i] = [32]byte(leaves[32*i:])
		found = found || tree[i] == leaf
	}
	return found && DepositRoot(tree) == root
}

// split is the largest power of two below n.
func split(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }
