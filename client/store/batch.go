package store

import "fmt"

// OpKind is the kind of one change of a Batch.
type OpKind uint8

// The changes that a Batch can make.
const (
	OpSet         OpKind = iota + 1 // Key gets Value
	OpDelete                        // Key is removed, if it is there
	OpDeleteRange                   // all keys k with Key <= k < To are removed
)

// Op is one change of a Batch.
type Op struct {
	Kind  OpKind
	Key   []byte // for OpDeleteRange the first key, nil: from the start
	Value []byte // OpSet only
	To    []byte // OpDeleteRange only, nil: to the end
}

// Requirement is something that must hold before a Batch is applied.
type Requirement struct {
	Key    []byte
	Value  []byte // the value that the key must have, unless Absent
	Absent bool   // the key must not be there
}

// Batch collects changes and requirements for one Apply. The zero value is an
// empty batch. A Batch keeps the slices it is given: they must not change
// before Apply has returned. It is not safe for concurrent use.
type Batch struct {
	ops  []Op
	reqs []Requirement
	size int
	wide bool
}

// WrapOverhead is by how much a wrapper of a store may lengthen each value.
const WrapOverhead = 1 << 10

// opOverhead is what one operation counts beside its bytes.
const opOverhead = 16

// Set gives key the value.
func (b *Batch) Set(key, value []byte) {
	b.ops = append(b.ops, Op{Kind: OpSet, Key: key, Value: value})
	b.size += len(key) + len(value) + opOverhead
}

// Delete removes key; it is no error if the key is not there.
func (b *Batch) Delete(key []byte) {
	b.ops = append(b.ops, Op{Kind: OpDelete, Key: key})
	b.size += len(key) + opOverhead
}

// DeleteRange removes all keys k with from <= k < to. A nil bound is open.
func (b *Batch) DeleteRange(from, to []byte) {
	b.ops = append(b.ops, Op{Kind: OpDeleteRange, Key: from, To: to})
	b.size += len(from) + len(to) + opOverhead
}

// RequireAbsent makes Apply fail with ErrConflict if key is there before it.
func (b *Batch) RequireAbsent(key []byte) {
	b.reqs = append(b.reqs, Requirement{Key: key, Absent: true})
	b.size += len(key) + opOverhead
}

// RequireValue makes Apply fail with ErrConflict unless key has exactly this
// value before it.
func (b *Batch) RequireValue(key, value []byte) {
	b.reqs = append(b.reqs, Requirement{Key: key, Value: value})
	b.size += len(key) + len(value) + opOverhead
}

// Ops returns the changes in the order in which they were added. It is for
// implementations; the result must not be modified.
func (b *Batch) Ops() []Op { return b.ops }

// Requirements returns the requirements. It is for implementations; the result
// must not be modified.
func (b *Batch) Requirements() []Requirement { return b.reqs }

// Len returns the number of changes.
func (b *Batch) Len() int { return len(b.ops) }

// Size returns the batch's size in bytes, as held against MaxBatch.
func (b *Batch) Size() int { return b.size }

// Widen makes Check allow for WrapOverhead bytes more in each value. It is for
// wrappers, which have checked what they were given.
func (b *Batch) Widen() { b.wide = true }

// Reset empties the batch for another use.
func (b *Batch) Reset() {
	clear(b.ops)
	clear(b.reqs)
	b.ops, b.reqs, b.size = b.ops[:0], b.reqs[:0], 0
}

// Check returns ErrKey or ErrTooLarge if the batch exceeds a limit of the
// contract. Implementations call it before anything else.
func (b *Batch) Check() error {
	maxValue, maxBatch := MaxValue, MaxBatch
	if b.wide {
		maxValue += WrapOverhead
		maxBatch += WrapOverhead * (len(b.ops) + len(b.reqs))
	}
	if b.size > maxBatch {
		return fmt.Errorf("%w: batch of %d bytes", ErrTooLarge, b.size)
	}
	for i := range b.reqs {
		if err := CheckKey(b.reqs[i].Key); err != nil {
			return err
		}
	}
	for i := range b.ops {
		op := &b.ops[i]
		if op.Kind == OpDeleteRange {
			continue
		}
		if err := CheckKey(op.Key); err != nil {
			return err
		}
		if len(op.Value) > maxValue {
			return fmt.Errorf("%w: value of %d bytes", ErrTooLarge, len(op.Value))
		}
	}
	return nil
}

// CheckKey returns ErrKey unless key has 1 to MaxKey bytes.
func CheckKey(key []byte) error {
	if len(key) == 0 || len(key) > MaxKey {
		return fmt.Errorf("%w: %d bytes", ErrKey, len(key))
	}
	return nil
}
