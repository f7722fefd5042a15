package mls

import (
	"bytes"
	"errors"
	"maps"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax"
	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// maxFactor bounds all that a decoder allocates by the size of its input.
// GUARANTEES.md states it.
const maxFactor = syntaxtest.Factor

// decoders is everything that reads bytes from outside, by its fuzz target.
func decoders(t testing.TB) map[string]syntaxtest.Decoder {
	w := pairWorld(t)
	kp := w.bundle("c")
	staged := w.stage("a0", CommitOptions{Add: []*KeyPackage{kp.KeyPackage}, WelcomeTree: true, ForcePath: true,
		PSKs: []PSK{ExternalPSK([]byte("k"), nil)}})
	removal := w.stage("a0", CommitOptions{Remove: []LeafIndex{1}})
	leaf, _ := w.public.Member(0)
	state, err := w.members["a0"].MarshalBinary()
	noErr(t, err)
	w.members["a0"].KeepHistory(false)
	bare, err := w.members["a0"].MarshalBinary()
	noErr(t, err)
	sender, err := w.members["a0"].MarshalSender()
	noErr(t, err)
	public, err := w.public.MarshalBinary()
	noErr(t, err)
	bundle, err := kp.MarshalBinary()
	noErr(t, err)
	chain := *leaf
	chain.Credential = X509Credential([]byte("end"), []byte("root"))
	chain.Extensions = Extensions{{Type: 0xF001, Data: []byte("x")}}
	messages := [][]byte{staged.Message, staged.Welcome, staged.GroupInfo, removal.Message, kp.KeyPackage.Message(), sealed(t, w, "b", 1)[0]}
	b := w.members["b"]
	one := func(decode func([]byte), good ...[]byte) syntaxtest.Decoder {
		return syntaxtest.Decoder{Decode: decode, Good: good}
	}
	saved := newSavedStore()
	saved.save(w.members["b"])
	return map[string]syntaxtest.Decoder{
		"FuzzParseMessage":              one(func(b []byte) { _, _ = ParseMessage(b) }, messages...),
		"FuzzParseMessage/ParseHeader":  one(func(b []byte) { _, _ = ParseHeader(b) }, messages[0]),
		"FuzzReceive":                   one(func(m []byte) { _, _ = b.Process(m, ProcessOptions{}) }, messages[0]),
		"FuzzReceive/public":            one(func(m []byte) { _, _ = w.public.Process(m, ProcessOptions{}) }, messages[3]),
		"FuzzReceive/welcome":           one(func(m []byte) { _, _ = JoinWelcome(m, kp, JoinOptions{}) }, messages[1]),
		"FuzzReceive/group info":        one(func(m []byte) { _, _ = NewPublicGroup(m, nil, ProcessOptions{}) }, messages[2]),
		"FuzzReceive/open":              one(func(m []byte) { _, _ = b.Open(m) }, messages[5]),
		"FuzzCommitContent":             one(func(b []byte) { r := syntax.NewReader(b); readCommit(r) }, bodyOf(t, messages[0]), bodyOf(t, messages[3])),
		"FuzzGroupInfoContent":          one(func(b []byte) { _, _ = parseGroupSecrets(b) }, (&groupSecrets{joiner: []byte("j"), psks: []PreSharedKeyID{{Type: 1}}}).append(nil)),
		"FuzzTree":                      one(func(b []byte) { _, _ = parseTree(suite1, b) }, staged.Group().Tree()),
		"FuzzTree/checks":               one(func(b []byte) { parseAndCheck(b) }, staged.Group().Tree()),
		"FuzzState":                     one(func(b []byte) { _, _ = LoadGroup(b, sender) }, state, bare),
		"FuzzState/sender":              one(func(b []byte) { _, _ = LoadGroup(state, b) }, sender),
		"FuzzState/LoadPublicGroup":     one(func(b []byte) { _, _ = LoadPublicGroup(b) }, public),
		"FuzzState/KeyPackageBundle":    one(func(b []byte) { _, _ = ParseKeyPackageBundle(b) }, bundle),
		"FuzzParts":                     one(func(b []byte) { _, _ = ParseLeafNode(b) }, leaf.Append(nil), chain.Append(nil)),
		"FuzzParts/GroupContext":        one(func(b []byte) { _, _ = ParseGroupContext(b) }, w.public.ContextBytes()),
		"FuzzParts/RequiredCapability":  one(func(b []byte) { _, _ = ParseRequiredCapabilities(b) }, RequiredCapabilities{Extensions: []ExtensionType{6}}.Append(nil)),
		"FuzzParts/ExternalSenders":     one(func(b []byte) { _, _ = ParseExternalSenders(b) }, AppendExternalSenders(nil, []ExternalSender{{make([]byte, 32), BasicCredential([]byte("x"))}})),
		"FuzzParts/ParseAppDataDiction": one(func(b []byte) { _, _ = ParseAppDataDictionary(b) }, AppDataDictionary{{1, []byte("x")}}.Append(nil), manyComponents()),
		"FuzzLoadSaved": one(func(b []byte) {
			rows := maps.Clone(saved.rows)
			rows[rowEpoch] = b
			_, _, _ = LoadSaved(maps.All(rows), nil)
		}, saved.rows[rowEpoch]),
		"FuzzLoadSaved/alone": one(func(b []byte) {
			_, _, _ = LoadSaved(func(yield func(string, []byte) bool) { yield(rowEpoch, b) }, nil)
		}, saved.rows[rowEpoch]),
		"FuzzLoadSaved/node": one(func(b []byte) {
			rows := maps.Clone(saved.rows)
			rows[rowKey(rowNode, 0)] = b
			_, _, _ = LoadSaved(maps.All(rows), nil)
		}, saved.rows[rowKey(rowNode, 0)]),
	}
}

func bodyOf(t testing.TB, msg []byte) []byte {
	m, err := ParseMessage(msg)
	noErr(t, err)
	return m.Public.Content.appendBody(nil)
}

func parseAndCheck(b []byte) {
	if tree, err := parseTree(suite1, b); err == nil {
		_ = tree.checkTree([]byte("group"), nil, noTime, nil, nil)
	}
}

// manyComponents is a dictionary of all private components, each empty.
func manyComponents() []byte {
	return syntax.AppendVector(nil, func(b []byte) []byte {
		for id := range 1 << 16 {
			b = append(syntax.AppendUint16(b, uint16(id)), 0)
		}
		return b
	})
}

// TestAllocations holds every decoder to what GUARANTEES.md promises.
func TestAllocations(t *testing.T) {
	list := decoders(t)
	for name, d := range list {
		d.Single = syntaxtest.Single
		list[name] = d
	}
	syntaxtest.Check(t, list)
}

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
	worst, refused := 0.0, 0
	for name, in := range map[string][]byte{
		"welcome of empty secrets":     frame(WireWelcome, []byte{0, 1}, vector(repeat(0, 0, 0)), []byte{0}),
		"group info, empty extensions": frame(WireGroupInfo, context, vector(repeat(0xF0, 1, 0)), []byte{0, 0, 0, 0, 0, 0}),
		"commit of empty references":   public(append(vector(repeat(2, 0)), 0)),
		"commit of removes":            public(append(vector(repeat(1, 0, 3, 0, 0, 0, 1)), 0)),
		"commit of empty customs":      public(append(vector(repeat(1, 0xF0, 1, 0)), 0)),
		"commit with an empty path":    public(bytes.Join([][]byte{{0, 1}, leaf.Append(nil), vector(repeat(0, 0))}, nil)),
		"tree of blank nodes":          vector(append(repeat(0), 1, 1)),
		"external senders":             vector(repeat(0, 0, 1, 0)),
		"certificates":                 vector(bytes.Join([][]byte{{0, 0, 2}, vector(repeat(0))}, nil)),
		"components":                   vector(repeat(0, 1, 0)),
		"capabilities":                 vector(repeat(0, 1)),
	} {
		for decoder, d := range decoders(t) {
			n := syntaxtest.Allocated(func() { d.Decode(in) })
			if n > uint64(maxFactor*len(in)+1<<16) {
				t.Errorf("%s: %s allocates %d bytes for %d", name, decoder, n, len(in))
			}
			limit := len(in) + syntaxtest.Single
			if single := syntaxtest.Largest(func() { d.Decode(in) }, limit); single > limit {
				t.Errorf("%s: %s allocates %d bytes at once for %d", name, decoder, single, len(in))
			}
			worst = max(worst, float64(n)/float64(len(in)))
		}
		if _, err := ParseMessage(in); errors.Is(err, syntax.ErrTooDense) {
			refused++
		}
	}
	if refused < 4 {
		t.Errorf("%d messages were refused as too dense", refused)
	}
	t.Logf("at most %.1f times the input", worst)
}
