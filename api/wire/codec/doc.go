// Package codec reads and writes protobuf fields for generated plain structs,
// over protowire alone: no reflection, no descriptors, no registry.
//
// Generated code is its only intended caller. Writing appends and cannot fail:
//
//	if m.Seq != 0 {
//		b = codec.AppendVarint(b, 1, m.Seq)
//	}
//
// Reading goes through a Reader, one field after the other; its first error
// sticks and ends the loop:
//
//	r := codec.NewReader(b)
//	for r.Next() {
//		switch r.Number() {
//		case 1:
//			m.Seq = r.Varint()
//		default:
//			r.Skip()
//		}
//	}
//	return r.Err()
//
// Every length is held against what is left of the input and against the
// field's limit before anything is done with it, and every count against its
// limit before a slice grows. Bytes come back as parts of the input, so
// whoever changes the input changes them.
package codec
