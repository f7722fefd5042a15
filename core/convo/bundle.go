package convo

import (
	"github.com/coffer-chat/coffer/mls/syntax"
)

// BundleLabel is the label of the committer's signature over a bundle, made
// with the MLS signature key that signs the commit (SignWithLabel, RFC 9420,
// section 5.1.2). It cannot stand in the commit's authenticated data, because
// it covers the commit.
const BundleLabel = "coffer commit bundle"

// BundleTBS is what the committer signs about what comes with a commit.
type BundleTBS struct {
	Conversation ID
	Generation   uint32
	Epoch        uint64   // the epoch that the commit begins
	Commit       [32]byte // HashPart of the commit's MLSMessage
	Record       [32]byte // Record.Hash
	HeadTable    [32]byte // the head table's hash
	DepositRoot  [32]byte
	DepositCount uint32
}

// Bytes is the encoding that is signed.
func (t *BundleTBS) Bytes() []byte {
	b := append([]byte(nil), t.Conversation[:]...)
	b = syntax.AppendUint32(b, t.Generation)
	b = syntax.AppendUint64(b, t.Epoch)
	b = append(b, t.Commit[:]...)
	b = append(b, t.Record[:]...)
	b = append(b, t.HeadTable[:]...)
	b = append(b, t.DepositRoot[:]...)
	return syntax.AppendUint32(b, t.DepositCount)
}
