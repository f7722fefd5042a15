// Package syntax reads and writes the TLS presentation language as RFC 9420
// section 2.1 uses it: big-endian integers, fixed arrays, optional values, and
// vectors whose length is a variable-size integer.
//
// Writing appends to a byte slice and cannot fail:
//
//	b = syntax.AppendUint16(b, version)
//	b = syntax.AppendOpaque(b, id)
//	b = syntax.AppendVector(b, func(b []byte) []byte { … })
//
// Reading goes through a Reader, whose first error sticks, so that a decoder
// checks once at its end:
//
//	r := syntax.NewReader(data)
//	m.Version = r.Uint16()
//	m.ID = r.Opaque()
//	return r.Done()
//
// What comes back are parts of the input: only strings and lists are allocated. A
// length is held against what is left of the input before anything is done with
// it, and a Reader has an allotment, fixed by the size of its input, from which
// what a decoder allocates is taken before it is: however short the elements of a
// list, what they become in memory is bounded by the input (see [ErrTooDense]).
package syntax
