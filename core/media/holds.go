package media

// Holds reports whether content is the part of the file that segment i holds, for
// who has it already and wants to go on from there. Sealing is deterministic, so
// the segment's hash says so as surely as fetching it again.
func (o *Opener) Holds(i int, content []byte) bool {
	if i < 0 || i >= o.layout.Segments || len(content) != o.layout.Content(i) {
		return false
	}
	plain := make([]byte, o.layout.plain(i))
	copy(plain, content)
	nonce := Nonce(i, i == o.layout.Segments-1)
	return o.Check(i, o.aead.Seal(nil, nonce[:], plain, []byte(AdditionalData))) == nil
}
