package account

import (
	"fmt"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// BodyType numbers the bodies as the chain's format does.
type BodyType uint8

// The types of body.
const (
	BodyGenesis BodyType = 1
	BodyAdd     BodyType = 2
	BodyRemove  BodyType = 3
	BodyRecover BodyType = 4
	BodyRotate  BodyType = 5
	BodyVault   BodyType = 6
	BodyRealms  BodyType = 7
	BodyClose   BodyType = 8
)

// String returns the type in one word.
func (t BodyType) String() string {
	names := [...]string{"", "genesis", "add", "remove", "recover", "rotate", "vault", "realms", "close"}
	if t == 0 || int(t) >= len(names) {
		return "unknown"
	}
	return names[t]
}

// Body is what an entry changes: one of *Genesis, *Add, *Remove, *Recover,
// *Rotate, *VaultSwitch, *Realms and *Close.
type Body interface {
	bodyType() BodyType
	append(b []byte) []byte
}

// Type returns the type of the entry's body.
func (e *Entry) Type() BodyType { return e.Body.bodyType() }

// Genesis starts an account: with a handle at a host, a first device, which
// signs, and vault epoch 1. The vault is on.
type Genesis struct {
	Handle    Handle
	Host      Host
	Keyholder NewKeyholder
	Opening   VaultOpening
}

// Add adds a keyholder. A device signs; the new keyholder countersigns.
type Add struct{ Keyholder NewKeyholder }

// Remove removes keyholders and opens a vault epoch whose root they do not get.
type Remove struct {
	Removals []Removal // in ascending order of keyholder id
	Opening  VaultOpening
}

// Recover adds one device. A recovery method signs, and can sign nothing else;
// the device countersigns.
type Recover struct{ Keyholder NewKeyholder }

// Rotate gives the signing device a new KEM key and opens a vault epoch.
type Rotate struct {
	KEM     KEMPublic
	Opening VaultOpening
}

// VaultSwitch turns the vault on or off and opens a vault epoch.
type VaultSwitch struct {
	On      bool
	Opening VaultOpening
}

// Realms sets the account's realms. The empty set is allowed.
type Realms struct{ Set RealmSet }

// NewKeyholder is a keyholder as the entry that adds it shows it.
type NewKeyholder struct {
	Public     KeyholderPublic
	SealedName []byte   // see Roots.SealName; opaque here, at most MaxSealedName bytes
	Realms     RealmSet // of a PIN: those that hold its shares; else empty
}

// Reason says why a keyholder was removed.
type Reason uint8

// The reasons for a removal.
const (
	ReasonLost        Reason = 1 // gone, nobody has it
	ReasonCompromised Reason = 2 // somebody else may have had it
	// ReasonClosed is never in an entry: it is why a closed chain has no keyholder.
	ReasonClosed Reason = 3
)

// Removal removes one keyholder.
type Removal struct {
	Keyholder KeyholderID
	Reason    Reason
	// LogHead is the end of what counts of the private log as far as this
	// keyholder wrote it: its entries beyond are ignored by everyone.
	LogHead LogHead
}

// VaultOpening opens a vault epoch.
type VaultOpening struct {
	Number     uint64    // one more than the epoch before; 1 in the genesis entry
	KEM        KEMPublic // the vault's key, to which others seal deposits
	Commitment Hash      // to the root
	// Previous is the root of the epoch before, encrypted under the new one:
	// SealedPreviousSize bytes, none in the genesis entry.
	Previous []byte
}

// SealedPreviousSize is the size of VaultOpening.Previous.
const SealedPreviousSize = 32 + 16

func (*Genesis) bodyType() BodyType     { return BodyGenesis }
func (*Add) bodyType() BodyType         { return BodyAdd }
func (*Remove) bodyType() BodyType      { return BodyRemove }
func (*Recover) bodyType() BodyType     { return BodyRecover }
func (*Rotate) bodyType() BodyType      { return BodyRotate }
func (*VaultSwitch) bodyType() BodyType { return BodyVault }
func (*Realms) bodyType() BodyType      { return BodyRealms }

func (g *Genesis) append(b []byte) []byte {
	b = syntax.AppendString(b, string(g.Handle))
	b = syntax.AppendString(b, string(g.Host))
	b = g.Keyholder.append(b)
	return g.Opening.append(b)
}

func (a *Add) append(b []byte) []byte { return a.Keyholder.append(b) }

func (m *Remove) append(b []byte) []byte {
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, x := range m.Removals {
			b = append(b, x.Keyholder[:]...)
			b = syntax.AppendUint8(b, uint8(x.Reason))
			b = x.LogHead.Append(b)
		}
		return b
	})
	return m.Opening.append(b)
}

func (m *Recover) append(b []byte) []byte { return m.Keyholder.append(b) }

func (m *Rotate) append(b []byte) []byte {
	return m.Opening.append(append(b, m.KEM.key...))
}

func (v *VaultSwitch) append(b []byte) []byte {
	return v.Opening.append(syntax.AppendBool(b, v.On))
}

func (m *Realms) append(b []byte) []byte { return m.Set.append(b) }

func (k *NewKeyholder) append(b []byte) []byte {
	b = k.Public.append(b)
	b = syntax.AppendOpaque(b, k.SealedName)
	if k.Public.Kind == KindPIN {
		b = k.Realms.append(b)
	}
	return b
}

func (o *VaultOpening) append(b []byte) []byte {
	b = syntax.AppendUint64(b, o.Number)
	b = append(b, o.KEM.key...)
	b = append(b, o.Commitment[:]...)
	return syntax.AppendOpaque(b, o.Previous)
}

func readBody(r *syntax.Reader, t BodyType) Body {
	switch t {
	case BodyGenesis:
		g := &Genesis{Handle: readName(r, ParseHandle), Host: readName(r, ParseHost)}
		g.Keyholder, g.Opening = readNewKeyholder(r), readOpening(r)
		return g
	case BodyAdd:
		return &Add{readNewKeyholder(r)}
	case BodyRemove:
		return &Remove{readRemovals(r), readOpening(r)}
	case BodyRecover:
		return &Recover{readNewKeyholder(r)}
	case BodyRotate:
		return &Rotate{readKEMPublic(r), readOpening(r)}
	case BodyVault:
		return &VaultSwitch{r.Bool(), readOpening(r)}
	case BodyRealms:
		return &Realms{readRealmSet(r)}
	case BodyClose:
		return &Close{}
	}
	r.Fail(fmt.Errorf("body type %d: %w", t, syntax.ErrInvalidValue))
	return nil
}

func readName[T ~string](r *syntax.Reader, parse func(string) (T, error)) T {
	s := r.String()
	if r.Err() != nil {
		return ""
	}
	if r.Counting() {
		return "" // as s is
	}
	name, err := parse(s)
	if err != nil {
		r.Fail(err)
	}
	return name
}

func readNewKeyholder(r *syntax.Reader) (k NewKeyholder) {
	k.Public = readKeyholderPublic(r)
	name := r.Opaque()
	if len(name) > MaxSealedName {
		r.Fail(ErrKeyholderName)
	}
	k.SealedName = append([]byte(nil), name...)
	if r.Err() == nil && k.Public.Kind == KindPIN {
		k.Realms = readRealmSet(r)
		if r.Err() == nil && len(k.Realms.Realms) == 0 {
			r.Fail(ErrKeyholderRealms)
		}
	}
	return k
}

func readRemovals(r *syntax.Reader) (list []Removal) {
	list = syntax.List(r, func(r *syntax.Reader) (x Removal) {
		r.Copy(x.Keyholder[:])
		x.Reason = Reason(r.Uint8())
		x.LogHead = ReadLogHead(r)
		return x
	})
	if len(list) > MaxKeyholders {
		r.Fail(ErrTooManyKeyholders)
	}
	return list
}

func readOpening(r *syntax.Reader) (o VaultOpening) {
	o.Number = r.Uint64()
	o.KEM = readKEMPublic(r)
	r.Copy(o.Commitment[:])
	previous := r.Opaque()
	if r.Err() == nil && len(previous) != 0 && len(previous) != SealedPreviousSize {
		r.Fail(syntax.ErrBadLength)
	}
	o.Previous = append([]byte(nil), previous...)
	return o
}
