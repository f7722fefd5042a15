package client

import (
	"context"
	"crypto/ed25519"
	"fmt"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// self is the account and this device's part in it.
type self struct {
	server    string // address
	serverKey ed25519.PublicKey
	host      account.Host
	handle    account.Handle
	id        account.ID
	device    *account.KeyholderSecret
	root      []byte // the current vault root
	chain     *account.Chain
	roots     *account.Roots
	// former says, in a restore, that the handle means another account now.
	former bool
	// kem is the vault's KEM key of the root that was last asked for: a walk over
	// many commits opens their deposits with one key.
	kem     *account.KEMSecret
	kemRoot *account.Root
}

// vaultKEM returns the vault's KEM key of a root. The key is kept; the caller
// does not erase it.
func (s *self) vaultKEM(root *account.Root) *account.KEMSecret {
	if s.kem == nil || s.kemRoot != root {
		s.forgetKEM()
		s.kem, s.kemRoot = root.KEM(), root
	}
	return s.kem
}

func (s *self) forgetKEM() {
	if s.kem != nil {
		s.kem.Erase()
	}
	s.kem, s.kemRoot = nil, nil
}

const selfVersion = 1

func (s *self) append(b []byte) []byte {
	b = syntax.AppendUint16(b, selfVersion)
	b = syntax.AppendString(b, s.server)
	b = syntax.AppendOpaque(b, s.serverKey)
	b = syntax.AppendString(b, string(s.host))
	b = syntax.AppendString(b, string(s.handle))
	b = append(b, s.id[:]...)
	b = syntax.AppendOpaque(b, s.device.Bytes())
	return syntax.AppendOpaque(b, s.root)
}

// erase overwrites the keys in memory.
func (s *self) erase() {
	clear(s.root)
	s.forgetKEM()
	if s.roots != nil {
		s.roots.Erase()
	}
	if s.device != nil {
		s.device.Erase()
	}
}

// setSelf adds the account to a batch.
func setSelf(b *store.Batch, s *self) { b.Set(keySelf.Bytes(), s.append(nil)) }

// loadSelf reads the account, if there is one.
func (e *Engine) loadSelf(ctx context.Context) error {
	b, err := e.get(ctx, keySelf)
	if err != nil || b == nil {
		return err
	}
	s, err := parseSelf(b)
	if err != nil {
		return err
	}
	if err := e.connect(s.server); err != nil {
		return err
	}
	e.self = s
	if s.chain, err = e.storedChain(ctx, s.id); err != nil {
		return err
	}
	if s.chain == nil {
		return fault.Failed(nil, "the device's store is damaged: the account chain is missing")
	}
	if s.roots, err = rootsBehind(s.chain, s.root); err != nil {
		return fault.Failed(err, "the device's store is damaged: vault root")
	}
	if err := e.loadDevices(ctx); err != nil {
		return err
	}
	return e.loadSession(ctx)
}

func parseSelf(b []byte) (*self, error) {
	r := syntax.NewReader(b)
	if v := r.Uint16(); v != selfVersion {
		return nil, fault.Failed(nil, "this home was written by a newer version of coffer; use that one")
	}
	s := &self{server: r.String()}
	s.serverKey = append(ed25519.PublicKey(nil), r.Opaque()...)
	s.host = account.Host(r.String())
	s.handle = account.Handle(r.String())
	r.Copy(s.id[:])
	secret := r.Opaque()
	s.root = append([]byte(nil), r.Opaque()...)
	err := r.Done()
	if err == nil {
		s.device, err = account.ParseKeyholderSecret(secret)
	}
	if err != nil {
		return nil, fault.Failed(err, "the device's store is damaged")
	}
	return s, nil
}

// connect makes the transport to a server.
func (e *Engine) connect(server string) error {
	t, err := e.cfg.Dial(server, e.session.get)
	if err != nil {
		return fault.Usage("the server's address cannot be used: %v", err)
	}
	e.transport = t
	return nil
}

// String hides the keys.
func (s *self) String() string { return fmt.Sprintf("account on %s", s.host) }
