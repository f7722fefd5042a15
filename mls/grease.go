package mls

import (
	"fmt"
	"io"
	"slices"
)

// GREASE (RFC 9420, section 13.5): values that mean nothing, sent so that a
// client which does not ignore what it does not know is noticed early.
// LeafParams.Grease puts them into leaves and key packages; for a GroupInfo, hand
// Extensions{}.WithGrease to GroupInfoOptions or CommitOptions.

// greaseValues is the number of values that are reserved: 0x0A0A to 0xEAEA.
const greaseValues = 15

// isGrease reports whether v is reserved for GREASE in all registries.
func isGrease[T ~uint16](v T) bool {
	return v&0x0F0F == 0x0A0A && v>>12 == v>>4&0xF && v>>12 < greaseValues
}

// greaseByte picks a reserved value, and where in a list of n to insert it.
func greaseByte[T ~uint16](rand io.Reader, n int) (value T, at int, err error) {
	var b [3]byte
	if err := readRandom(rand, b[:]); err != nil {
		return 0, 0, err
	}
	high := T(b[0] % greaseValues)
	return high<<12 | high<<4 | 0x0A0A, (int(b[1])<<8 | int(b[2])) % (n + 1), nil
}

func withGrease[T ~uint16](rand io.Reader, list []T) ([]T, error) {
	v, at, err := greaseByte[T](rand, len(list))
	if err != nil || slices.Contains(list, v) {
		return list, err
	}
	return slices.Insert(slices.Clone(list), at, v), nil
}

// WithGrease returns the list with one extension of a reserved type and random
// content in a random place. Not for group context extensions.
func (e Extensions) WithGrease(rand io.Reader) (Extensions, error) {
	t, at, err := greaseByte[ExtensionType](rand, len(e))
	if err != nil {
		return nil, err
	}
	if _, ok := e.Get(t); ok {
		return e, nil
	}
	var size [1]byte
	if err := readRandom(rand, size[:]); err != nil {
		return nil, err
	}
	data := make([]byte, size[0]%16)
	if err := readRandom(rand, data); err != nil {
		return nil, err
	}
	return slices.Insert(slices.Clone(e), at, Extension{t, data}), nil
}

// greased returns the parameters with reserved values in all fields of section
// 13.5, and the extensions of a key package with one too.
func (p LeafParams) greased(rand io.Reader, kp Extensions) (LeafParams, Extensions, error) {
	if !p.Grease {
		return p, kp, nil
	}
	if p.Capabilities.isZero() {
		p.Capabilities = DefaultCapabilities().with(p.Extensions).with(kp)
	}
	c := &p.Capabilities
	var errs [6]error
	c.CipherSuites, errs[0] = withGrease(rand, c.CipherSuites)
	c.Extensions, errs[1] = withGrease(rand, c.Extensions)
	c.Proposals, errs[2] = withGrease(rand, c.Proposals)
	c.Credentials, errs[3] = withGrease(rand, c.Credentials)
	p.Extensions, errs[4] = p.Extensions.WithGrease(rand)
	kp, errs[5] = kp.WithGrease(rand)
	for _, err := range errs {
		if err != nil {
			return p, nil, err
		}
	}
	// Both lists stand in the capabilities, or the leaf would not be valid.
	*c = c.with(p.Extensions).with(kp)
	p.Grease = false
	return p, kp, nil
}

// checkNoGrease refuses reserved types where an unsupported one is refused: no
// client supports them, whatever its capabilities say.
func (e Extensions) checkNoGrease() error {
	for _, x := range e {
		if isGrease(x.Type) {
			return fmt.Errorf("%w: reserved extension type", ErrUnsupported)
		}
	}
	return nil
}
