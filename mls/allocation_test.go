package mls

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// decoders is everything that reads bytes from outside.
var decoders = map[string]func([]byte){
	"ParseMessage":              func(b []byte) { _, _ = ParseMessage(b) },
	"ParseHeader":               func(b []byte) { _, _ = ParseHeader(b) },
	"WelcomeRefs":               func(b []byte) { _, _ = WelcomeRefs(b) },
	"ParseGroupInfo":            func(b []byte) { _, _ = ParseGroupInfo(b) },
	"ParseKeyPackage":           func(b []byte) { _, _ = ParseKeyPackage(b) },
	"ParseLeafNode":             func(b []byte) { _, _ = ParseLeafNode(b) },
	"ParseGroupContext":         func(b []byte) { _, _ = ParseGroupContext(b) },
	"ParseRequiredCapabilities": func(b []byte) { _, _ = ParseRequiredCapabilities(b) },
	"ParseExternalSenders":      func(b []byte) { _, _ = ParseExternalSenders(b) },
	"ParseAppDataDictionary":    func(b []byte) { _, _ = ParseAppDataDictionary(b) },
	"ParseKeyPackageBundle":     func(b []byte) { _, _ = ParseKeyPackageBundle(b) },
	"LoadGroup":                 func(b []byte) { _, _ = LoadGroup(b, nil) },
	"LoadSaved": func(b []byte) {
		_, _, _ = LoadSaved(func(yield func(string, []byte) bool) { yield(rowEpoch, b) }, nil)
	},
	"LoadPublicGroup": func(b []byte) { _, _ = LoadPublicGroup(b) },
	"tree":            func(b []byte) { _, _ = parseTree(suite1, b) },
	"group secrets":   func(b []byte) { _, _ = parseGroupSecrets(b) },
}

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestLyingLengths puts a length that promises up to a gigabyte into every place
// of every kind of input. Nothing is allocated on the strength of a length: what
// a decoder takes is bounded by what is there.
func TestLyingLengths(t *testing.T) {
	w := pairWorld(t)
	kp := w.bundle("c")
	staged := w.stage("a0", CommitOptions{Add: []*KeyPackage{kp.KeyPackage}, WelcomeTree: true, ForcePath: true})
	leaf, _ := w.public.Member(0)
	state, err := w.members["a0"].MarshalBinary()
	noErr(t, err)
	public, err := w.public.MarshalBinary()
	noErr(t, err)
	bundle, err := kp.MarshalBinary()
	noErr(t, err)
	inputs := [][]byte{staged.Message, staged.Welcome, staged.GroupInfo, kp.KeyPackage.Message(), sealed(t, w, "a0", 1)[0], leaf.Append(nil),
		w.public.ContextBytes(), w.public.Tree(), state, public, bundle, RequiredCapabilities{Extensions: []ExtensionType{6}}.Append(nil),
		AppDataDictionary{{1, []byte("x")}}.Append(nil), AppendExternalSenders(nil, []ExternalSender{{make([]byte, 32), BasicCredential([]byte("x"))}})}
	const constant = 32 << 10
	for i, good := range inputs {
		var bad [][]byte
		for at := 0; at < len(good); at += 1 + at/64 {
			for _, lie := range [][]byte{{0xBF, 0xFF, 0xFF, 0xFF}, {0x7F, 0xFF}} {
				b := bytes.Clone(good)
				copy(b[at:], lie)
				bad = append(bad, b)
			}
		}
		for name, decode := range decoders {
			// All together first: reading the statistics stops the world.
			if total := allocated(func() {
				for _, b := range bad {
					decode(b)
				}
			}); total <= uint64(len(good))+constant {
				continue
			}
			for _, b := range bad {
				if n := allocated(func() { decode(b) }); n > uint64(8*len(b)+constant) {
					t.Errorf("input %d: %s allocates %d bytes for %d", i, name, n, len(b))
					break
				}
			}
		}
	}
}

// maxFactor bounds all that a decoder allocates, what it throws away as its lists
// grow included, by the size of the input: an empty custom proposal of four bytes
// becomes a structure of 250, an empty vector of one byte a slice of 24.
// GUARANTEES.md states it.
const maxFactor = 160

// TestDenseInputs gives the decoders what takes the most memory a byte.
func TestDenseInputs(t *testing.T) {
	repeat := func(b ...byte) []byte { return bytes.Repeat(b, 1<<16) }
	w := pairWorld(t)
	context := w.public.ContextBytes()
	frame := func(w WireFormat, body ...[]byte) []byte {
		return bytes.Join(append([][]byte{appendMessageHead(nil, w)}, body...), nil)
	}
	vector := func(b []byte) []byte { return syntax.AppendOpaque(nil, b) }
	public := func(body []byte) []byte {
		c := FramedContent{Sender: Sender{Type: SenderMember}, ContentType: ContentCommit, commit: &commit{}}
		head := c.append(nil)
		return frame(WirePublicMessage, head[:len(head)-2], body, []byte{0, 0, 0, 0})
	}
	leaf, _ := w.public.Member(0)
	worst := 0.0
	for name, in := range map[string][]byte{
		"welcome of empty secrets":     frame(WireWelcome, []byte{0, 1}, vector(repeat(0, 0, 0)), []byte{0}),
		"group info, empty extensions": frame(WireGroupInfo, context, vector(repeat(0xF0, 1, 0)), []byte{0, 0, 0, 0, 0, 0}),
		"commit of empty references":   public(append(vector(repeat(2, 0)), 0)),
		"commit of empty customs":      public(append(vector(repeat(1, 0xF0, 1, 0)), 0)),
		"commit with an empty path":    public(bytes.Join([][]byte{{0, 1}, leaf.Append(nil), vector(repeat(0, 0))}, nil)),
		"tree of blank nodes":          vector(append(repeat(0), 1, 1)),
		"external senders":             vector(repeat(0, 0, 1, 0)),
		"certificates":                 vector(bytes.Join([][]byte{{0, 0, 2}, vector(repeat(0))}, nil)),
		"components":                   vector(repeat(0, 1, 0)),
		"capabilities":                 vector(repeat(0, 1)),
	} {
		for decoder, decode := range decoders {
			n := allocated(func() { decode(in) })
			if n > uint64(maxFactor*len(in)+1<<16) {
				t.Errorf("%s: %s allocates %d bytes for %d", name, decoder, n, len(in))
			}
			worst = max(worst, float64(n)/float64(len(in)))
		}
	}
	if worst < 10 {
		t.Errorf("no input is dense: factor %.1f", worst)
	}
	t.Logf("at most %.1f times the input", worst)
}
