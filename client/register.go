package client

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"strings"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// RegisterOptions say what account to make.
type RegisterOptions struct {
	Server, Handle, Invite string
	// Password is needed only for PINs and linking; nil sets none.
	Password []byte
}

// keyPending holds what a registration or restore has drawn before the server
// knows of it, so that one cut short goes on instead of leaving a second
// account or device behind.
var keyPending = store.Table("a").Uint64(5)

// Register makes an account with this device as its first keyholder.
func (e *Engine) Register(ctx context.Context, o RegisterOptions) error {
	return e.locked(ctx, func() error {
		if e.self != nil {
			return fault.Usage("this home already holds an account; choose another with --home")
		}
		s, sealed, err := e.drawAccount(ctx, o)
		if err != nil {
			return err
		}
		if err := e.registerAt(ctx, s, sealed, o.Invite); err != nil {
			return err
		}
		return e.beginHere(ctx, s, o.Password)
	})
}

// beginHere makes an account that the server has taken this home's.
func (e *Engine) beginHere(ctx context.Context, s *self, password []byte) error {
	var b store.Batch
	setSelf(&b, s)
	setChain(&b, s.chain)
	e.pinContact(&b, s.handle, s.id)
	b.Delete(keyPending.Bytes())
	b.Delete(keyAwaited.Bytes())
	if err := e.apply(ctx, &b); err != nil {
		return err
	}
	e.self = s
	if err := e.keepChain(s.chain); err != nil {
		return err
	}
	if len(password) > 0 {
		s, err := e.newPassword(ctx, password)
		if err != nil {
			return err
		}
		s.Erase()
	}
	return e.refreshKeyPackages(ctx)
}

// drawAccount makes the account's genesis, or takes up the one that an attempt
// cut short has left.
func (e *Engine) drawAccount(ctx context.Context, o RegisterOptions) (*self, []wire.SealedRoot, error) {
	handle, err := account.ParseHandle(strings.ToLower(o.Handle))
	if err != nil {
		return nil, nil, fault.Usage("a handle has 1 to 32 of a-z, 0-9, dot, dash and underscore, and begins with a letter or digit")
	}
	info, err := e.serverInfo(ctx, o.Server)
	if err != nil {
		return nil, nil, err
	}
	s := &self{server: o.Server, serverKey: info.ServerKey, handle: handle}
	if s.host, err = account.ParseHost(info.Host); err != nil {
		return nil, nil, fault.Failed(err, "the server names a host that cannot be")
	}
	if pending, err := e.pendingAccount(ctx, s); pending != nil || err != nil {
		return s, pending, err
	}
	if s.device, err = account.GenerateKeyholder(e.cfg.Rand); err != nil {
		return nil, nil, fault.Failed(err, "no randomness")
	}
	u, err := account.NewGenesis(e.cfg.Rand, e.cfg.Now(), s.handle, s.host, s.device, e.cfg.DeviceName)
	if err != nil {
		return nil, nil, fault.Failed(err, "the account cannot be made")
	}
	s.take(u)
	sealed := wireRoots(u.Sealed)
	v := syntax.AppendOpaque(nil, s.append(nil))
	v = syntax.AppendOpaque(v, u.Entry.Marshal())
	v = syntax.AppendOpaque(v, u.Sealed.Marshal())
	var b store.Batch
	b.Set(keyPending.Bytes(), v)
	b.Delete(keyAwaited.Bytes()) // of what has lapsed
	return s, sealed, e.apply(ctx, &b)
}

// take makes a built chain entry the account's present state.
func (s *self) take(u *account.Update) {
	s.id, s.chain, s.roots, s.root = u.Chain.ID(), u.Chain, u.Roots, u.Roots.Current().Bytes()
}

// pendingAccount fills s from an attempt with the same server and handle.
func (e *Engine) pendingAccount(ctx context.Context, s *self) ([]wire.SealedRoot, error) {
	v, err := e.get(ctx, keyPending)
	if err != nil || v == nil {
		return nil, err
	}
	p, entry, sealed := parseDrawn(v)
	if p == nil {
		return nil, nil // of a restore, or damaged: begin anew
	}
	if !bytes.Equal(p.serverKey, s.serverKey) || p.host != s.host || p.handle != s.handle {
		return nil, e.notWaiting(ctx, p.id)
	}
	p.server = s.server // its address may be written in several ways
	chain, err := account.ParseChain([][]byte{entry})
	if err != nil {
		return nil, nil
	}
	roots, err := account.ParseSealedRoots(sealed)
	if err != nil {
		return nil, nil
	}
	if p.roots, err = account.RootsFrom(chain, p.root); err != nil {
		return nil, nil
	}
	p.chain = chain
	*s = *p
	return wireRoots(roots), nil
}

// parseDrawn reads an account that was drawn: what this device keeps of it, its
// genesis entry and its sealed root. It is nil for anything else.
func parseDrawn(v []byte) (p *self, entry, sealed []byte) {
	r := syntax.NewReader(v)
	mine, entry, sealed := r.Opaque(), r.Opaque(), r.Opaque()
	if r.Done() != nil {
		return nil, nil, nil
	}
	p, err := parseSelf(mine)
	if err != nil {
		return nil, nil, nil
	}
	return p, entry, sealed
}

func (e *Engine) registerAt(ctx context.Context, s *self, sealed []wire.SealedRoot, invite string) error {
	client := wire.AccountClient{Doer: e.transport}
	_, err := client.Register(ctx, &wire.RegisterRequest{
		Genesis: s.chain.Entry(1).Marshal(), SealedRoots: sealed, Invite: invite,
	})
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindHandleTaken {
		// It may be us: an attempt whose answer was lost.
		if r, err := client.Resolve(ctx, &wire.ResolveRequest{Handle: string(s.handle)}); err == nil && string(r.Account) == string(s.id[:]) {
			return nil
		}
		return &fault.Error{Kind: fault.KindRefused, Message: "this handle is taken; choose another"}
	}
	return fault.FromServer(err)
}

// serverInfo connects to a server and asks who it is.
func (e *Engine) serverInfo(ctx context.Context, server string) (*wire.ServerInfoResponse, error) {
	if err := e.connect(server); err != nil {
		return nil, err
	}
	info, err := wire.AccountClient{Doer: e.transport}.ServerInfo(ctx, &wire.ServerInfoRequest{})
	if err != nil {
		return nil, fault.FromServer(err)
	}
	if len(info.ServerKey) != ed25519.PublicKeySize {
		return nil, fault.Failed(nil, "this is not a Coffer server of a version that this program knows")
	}
	if info.Protocol > Protocol {
		return nil, fault.Failed(nil, "the server speaks a newer protocol; update this program")
	}
	return info, nil
}

// Protocol is the version of the protocol between client and server.
//
//	1: the first.
const Protocol = 1

func wireRoots(s account.SealedRoots) []wire.SealedRoot {
	out := make([]wire.SealedRoot, len(s.Roots))
	for i, x := range s.Roots {
		out[i] = wire.SealedRoot{Keyholder: x.Keyholder[:], Sealed: x.Data, VaultEpoch: s.Epoch}
	}
	return out
}

// Identity is who this device is.
type Identity struct {
	Handle, Account, Host, Server, Device, DeviceName string
}

// Whoami tells who this device is.
func (e *Engine) Whoami(ctx context.Context) (Identity, error) {
	var id Identity
	err := e.withAccount(ctx, func() error {
		s := e.self
		id = Identity{
			Handle: string(s.handle), Account: s.id.String(), Host: string(s.host), Server: s.server,
			Device: s.device.ID().String(), DeviceName: e.cfg.DeviceName,
		}
		if k, ok := s.chain.Keyholder(s.device.ID()); ok {
			id.DeviceName = e.keyholder(k).Name
		}
		return nil
	})
	return id, err
}
