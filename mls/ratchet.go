package mls

import "math"

// Limits on the message ratchets of others (RFC 9420, section 15.3).
const (
	// MaxForward is how many generations a ratchet moves ahead for one message.
	MaxForward = 4096
	// MaxSkipped is how many keys of skipped generations are kept for each
	// ratchet; the oldest go first.
	MaxSkipped = 1024
)

// messageKey is the key and nonce of one generation.
type messageKey struct {
	key, nonce Secret
}

// ratchet yields one key and nonce for each generation (RFC 9420, section 9.1).
type ratchet struct {
	secret     Secret // of generation
	generation uint32 // the next one; all before are used or in skipped
	ended      bool   // the last generation was used
	skipped    map[uint32]messageKey
	oldest     uint32 // no key below this generation is in skipped
}

func generationKey(suite CipherSuite, secret Secret, generation uint32) messageKey {
	p, x := suite.params(), newExpander(suite, secret)
	return messageKey{key: x.tree("key", generation, p.nk), nonce: x.tree("nonce", generation, p.nn)}
}

func nextGeneration(suite CipherSuite, secret Secret, generation uint32) Secret {
	return suite.deriveTreeSecret(secret, "secret", generation, suite.HashSize())
}

// next takes the key of the next generation: the sender's use.
func (r *ratchet) next(suite CipherSuite) (uint32, messageKey, error) {
	if r.ended || r.secret == nil {
		return 0, messageKey{}, ErrNoSender
	}
	g := r.generation
	k := generationKey(suite, r.secret, g)
	r.advance(suite)
	return g, k, nil
}

func (r *ratchet) advance(suite CipherSuite) {
	if r.generation == math.MaxUint32 {
		r.secret, r.ended = nil, true
		return
	}
	r.secret = nextGeneration(suite, r.secret, r.generation)
	r.generation++
}

// peek returns the key of a generation and changes nothing.
func (r *ratchet) peek(suite CipherSuite, generation uint32) (messageKey, error) {
	if err := r.reachable(generation); err != nil {
		return messageKey{}, err
	}
	if generation < r.generation {
		return r.skipped[generation], nil
	}
	secret := r.secret
	for g := r.generation; g < generation; g++ {
		secret = nextGeneration(suite, secret, g)
	}
	return generationKey(suite, secret, generation), nil
}

// use marks a generation as used: its key is erased, those before it that were
// not asked for are kept.
func (r *ratchet) use(suite CipherSuite, generation uint32) {
	if generation < r.generation || r.ended {
		delete(r.skipped, generation)
		return
	}
	if generation > r.generation && r.skipped == nil {
		r.skipped = map[uint32]messageKey{}
	}
	for r.generation < generation {
		if generation-r.generation <= MaxSkipped {
			r.skipped[r.generation] = generationKey(suite, r.secret, r.generation)
		}
		r.advance(suite)
	}
	r.advance(suite)
	for ; len(r.skipped) > MaxSkipped; r.oldest++ {
		delete(r.skipped, r.oldest)
	}
}

// reachable reports why there is no key for a generation, nil if there is one.
func (r *ratchet) reachable(generation uint32) error {
	if generation < r.generation || r.ended {
		if _, ok := r.skipped[generation]; !ok {
			return ErrGenerationUsed
		}
		return nil
	}
	if generation-r.generation > MaxForward {
		return ErrGenerationTooFar
	}
	return nil
}
