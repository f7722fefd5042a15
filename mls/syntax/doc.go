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
// No read allocates: what comes back are parts of the input. A length is held
// against what is left of the input before anything is done with it.
package syntax
