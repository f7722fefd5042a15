package syntax

import (
	"errors"
	"reflect"
)

// ErrTooDense refuses an input whose values would take far more memory than the
// input itself: a list of many elements of next to nothing.
var ErrTooDense = errors.New("syntax: too many values for the size of the input")

// What the values read from an input may take beside it: its size times
// AllotmentFactor, and AllotmentBase. Values that say something stay well below:
// the leaves of a ratchet tree take three times their encoding.
const (
	AllotmentFactor = 6
	AllotmentBase   = 64 << 10
)

// AllotmentSingle is how much larger than the input a single list may be.
const AllotmentSingle = 256 << 10

// allotmentFor is what an input of n bytes may take.
func allotmentFor(n int) int { return n*AllotmentFactor + AllotmentBase }

// Charge takes n bytes from the Reader's allotment and reports whether they were
// left; if not, the Reader fails with ErrTooDense. A decoder calls it before it
// allocates for what it has read, unless [List] or [New] does that for it.
func (r *Reader) Charge(n int) bool {
	switch {
	case r.err != nil:
		return false
	case r.counting:
		return true
	case n < 0 || n > r.left:
		r.Fail(ErrTooDense)
		return false
	}
	r.left -= n
	return true
}

// Counting reports whether [List] is counting elements: what is read now is
// thrown away and read again, so that nothing should be allocated for it.
func (r *Reader) Counting() bool { return r.counting }

func sizeOf[T any]() int { return int(reflect.TypeFor[T]().Size()) }

// New returns a zero T whose size is charged.
func New[T any](r *Reader) *T {
	r.Charge(sizeOf[T]())
	return new(T)
}

// count is the number of elements in body, which read reads one by one; nothing
// of r but its error counts afterwards.
func (r *Reader) count(body []byte, read func(*Reader)) (n int) {
	was := r.counting
	r.rest, r.counting = body, true
	for len(r.rest) > 0 {
		before := len(r.rest)
		read(r)
		if r.err == nil && len(r.rest) == before {
			r.Fail(ErrInvalidValue) // an element of nothing has no end
		}
		n++
	}
	r.counting = was
	return n
}

// Counted reads the length of a vector, counts its elements, which read reads one
// by one, and returns a Reader over them as [Reader.Vector] does. It is for those
// who make something else of them than a slice; what read sees is thrown away.
func (r *Reader) Counted(read func(*Reader)) (elements *Reader, n int) {
	body := r.Opaque()
	after := r.rest
	if r.err == nil {
		n = r.count(body, read)
	}
	elements = &Reader{rest: body, err: r.err, size: r.size, left: r.left, counting: r.counting}
	r.rest, r.left = after, 0
	return elements, n
}

// List reads a vector: its length, then elements until its end. It calls read
// twice for each element, first to count them, so that the list is made once and
// in its size, which is charged and not larger than the whole input and
// AllotmentSingle. An empty vector gives nil. A rule for which elements must be
// held against each other is checked on the list.
func List[T any](r *Reader, read func(*Reader) T) (list []T) {
	r.vector(func(r *Reader) { read(r) }, func(n int) {
		if n*sizeOf[T]() > r.size+AllotmentSingle {
			r.Fail(ErrTooDense)
			return
		}
		list = chargedList(r, n, read)
	})
	return list
}

// PartLength is how many elements a part of Parts has, the last one apart.
const PartLength = 1 << 10

// Parts is List in parts, for elements that are smaller in the input than in memory
// and come by the thousand for good reason.
func Parts[T any](r *Reader, read func(*Reader) T) (parts [][]T) {
	r.vector(func(r *Reader) { read(r) }, func(n int) {
		if !r.Charge((n + PartLength - 1) / PartLength * sizeOf[[]T]()) {
			return
		}
		parts = make([][]T, 0, (n+PartLength-1)/PartLength)
		for ; n > 0 && r.err == nil; n -= PartLength {
			parts = append(parts, chargedList(r, min(n, PartLength), read))
		}
	})
	if r.err != nil {
		return nil
	}
	return parts
}

// vector counts the elements of a vector and, unless they are only to be counted,
// lets body read them.
func (r *Reader) vector(element func(*Reader), body func(n int)) {
	in := r.Opaque()
	if r.err != nil || len(in) == 0 {
		return
	}
	after := r.rest
	n := r.count(in, element)
	if r.err == nil && !r.counting {
		r.rest = in
		body(n)
	}
	if r.err == nil {
		r.rest = after
	}
}

// chargedList reads n elements into a list; nil if one fails.
func chargedList[T any](r *Reader, n int, read func(*Reader) T) []T {
	if !r.Charge(n * sizeOf[T]()) {
		return nil
	}
	list := make([]T, n)
	for i := range list {
		if list[i] = read(r); r.err != nil {
			return nil
		}
	}
	return list
}
