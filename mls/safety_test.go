package mls

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// exported is what the package exports: its types, and its functions that are
// no methods.
func exported(t *testing.T) (types, funcs map[string]bool) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	noErr(t, err)
	types, funcs = map[string]bool{}, map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		noErr(t, err)
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.IsExported() {
					funcs[d.Name.Name] = true
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok && s.Name.IsExported() {
						types[s.Name.Name] = true
					}
				}
			}
		}
	}
	if len(types) < 30 || len(funcs) < 10 {
		t.Fatalf("found %d types, %d functions", len(types), len(funcs))
	}
	return types, funcs
}

// zeroTypes are pointers to zero values of all exported types.
var zeroTypes = []any{
	new(AppDataDictionary), new(Application), new(Capabilities), new(CipherSuite), new(CommitOptions), new(CommitSummary),
	new(ComponentData), new(ComponentID), new(ContentType), new(Credential), new(CredentialType), new(CustomProposal),
	new(EncryptedGroupSecrets), new(EpochReader), new(Extension), new(ExtensionType), new(Extensions), new(ExternalOptions),
	new(ExternalSender), new(FoundingOptions), new(FramedContent), new(Group), new(GroupContext), new(GroupInfo), new(GroupInfoOptions),
	new(GroupParams), new(HPKECiphertext), new(HPKEPrivateKey), new(HPKEPublicKey), new(Header), new(HistorySecrets), new(JoinOptions),
	new(KeyPackage), new(KeyPackageBundle), new(KeyPackageParams), new(LeafChange), new(Later), new(LeafContext), new(LeafIndex), new(LeafNode),
	new(LeafNodeSource), new(LeafParams), new(Lifetime), new(Message), new(PSK), new(PSKSource), new(PSKType), new(Parallel), new(Policy),
	new(PreSharedKeyID), new(PrivateMessage), new(ProcessOptions), new(Proposal), new(ProposalPolicy), new(ProposalType), new(ProposeOptions),
	new(ProtocolVersion), new(PublicGroup), new(PublicMessage), new(QueuedProposal), new(ReInit), new(Record), new(RequiredCapabilities),
	new(ResumptionUsage), new(Saver), new(SealOptions), new(Secret), new(Sender), new(SenderType), new(SignaturePrivateKey), new(SignaturePublicKey),
	new(StagedCommit), new(StagedPublicCommit), new(Validator), new(Welcome), new(WireFormat),
}

// zeroFuncs are all exported functions.
var zeroFuncs = map[string]any{
	"AppendExternalSenders": AppendExternalSenders, "BasicCredential": BasicCredential, "DefaultCapabilities": DefaultCapabilities,
	"ExternalPSK": ExternalPSK, "JoinExternal": JoinExternal, "JoinWelcome": JoinWelcome, "LoadGroup": LoadGroup,
	"LoadPublicGroup": LoadPublicGroup, "LoadSaved": LoadSaved, "LoadSavedPublic": LoadSavedPublic, "NewEpochReader": NewEpochReader, "NewGroup": NewGroup, "NewKeyPackage": NewKeyPackage,
	"NewPublicGroup": NewPublicGroup, "ParseAppDataDictionary": ParseAppDataDictionary, "ParseExternalSenders": ParseExternalSenders,
	"ParseGroupContext": ParseGroupContext, "ParseGroupInfo": ParseGroupInfo, "ParseHeader": ParseHeader, "ParseKeyPackage": ParseKeyPackage,
	"ParseKeyPackageBundle": ParseKeyPackageBundle, "ParseLeafNode": ParseLeafNode, "ParseMessage": ParseMessage,
	"ParseRequiredCapabilities": ParseRequiredCapabilities, "ProposeAdd": ProposeAdd, "ProposeCustom": ProposeCustom,
	"ProposeExtensions": ProposeExtensions, "ProposeExternally": ProposeExternally, "ProposePSK": ProposePSK, "ProposeReInit": ProposeReInit,
	"ProposeRemove": ProposeRemove, "ProposeToJoin": ProposeToJoin, "SupportedSuites": SupportedSuites, "WelcomeRefs": WelcomeRefs,
	"X509Credential": X509Credential,
}

// callZero calls f with zero arguments and reports whether it panicked.
func callZero(f reflect.Value) (results []reflect.Value, panicked any) {
	defer func() { panicked = recover() }()
	var args []reflect.Value
	for i := range f.Type().NumIn() {
		if f.Type().IsVariadic() && i == f.Type().NumIn()-1 {
			break
		}
		args = append(args, reflect.Zero(f.Type().In(i)))
	}
	return f.Call(args), nil
}

// failed reports whether the last result is an error that is set.
func failed(results []reflect.Value) (has, set bool) {
	if len(results) == 0 {
		return false, false
	}
	last := results[len(results)-1]
	if last.Type() != reflect.TypeFor[error]() {
		return false, false
	}
	return true, !last.IsNil()
}

// TestZeroValues calls every exported method of the zero value of every exported
// type, and every exported function, with zero arguments: none panics, except
// methods of a CipherSuite that say so.
func TestZeroValues(t *testing.T) {
	types, funcs := exported(t)
	calls := 0
	for _, p := range zeroTypes {
		v := reflect.ValueOf(p)
		name := v.Elem().Type().Name()
		if !types[name] {
			t.Errorf("%s is listed twice, or no exported type", name)
		}
		delete(types, name)
		for i := range v.NumMethod() {
			method := v.Type().Method(i).Name
			if method == "Format" {
				continue // is fmt's to call
			}
			calls++
			results, panicked := callZero(v.Method(i))
			if panicked != nil && !(name == "CipherSuite" && strings.Contains(fmt.Sprint(panicked), "is not built")) {
				t.Errorf("%s.%s: %v", name, method, panicked)
			}
			needs := slices.Contains([]string{"Group", "PublicGroup", "EpochReader", "KeyPackageBundle"}, name)
			if has, set := failed(results); needs && has && !set {
				t.Errorf("%s.%s of a zero value succeeds", name, method)
			}
		}
	}
	for name, f := range zeroFuncs {
		if !funcs[name] {
			t.Errorf("no function %s", name)
		}
		delete(funcs, name)
		calls++
		if _, panicked := callZero(reflect.ValueOf(f)); panicked != nil {
			t.Errorf("%s: %v", name, panicked)
		}
	}
	for name := range types {
		t.Errorf("type %s is not tried", name)
	}
	for name := range funcs {
		t.Errorf("function %s is not tried", name)
	}
	t.Logf("%d calls", calls)
}

// TestWrongOrder: calls that come too early, too late or with something missing
// say so.
func TestWrongOrder(t *testing.T) {
	w := pairWorld(t)
	a, b := w.members["a0"], w.members["b"]
	_, err := a.Commit(w.rand, CommitOptions{Add: []*KeyPackage{nil}})
	wantErr(t, "adding nobody", err, ErrInvalidProposal)
	_, err = a.Commit(w.rand, CommitOptions{Add: []*KeyPackage{{}}})
	wantErr(t, "adding an empty key package", err, ErrInvalidProposal)
	_, err = a.Commit(w.rand, CommitOptions{Queued: []*QueuedProposal{nil}})
	wantErr(t, "no proposal", err, ErrUnknownProposal)
	_, err = a.Commit(w.rand, CommitOptions{Queued: []*QueuedProposal{{}}})
	wantErr(t, "a zero proposal", err, ErrUnknownProposal)
	_, err = a.Commit(nil, CommitOptions{})
	wantErr(t, "commit without randomness", err, ErrRandomness)
	_, err = a.Seal(nil, SealOptions{}, nil)
	wantErr(t, "seal without randomness", err, ErrRandomness)
	_, err = suite1.GenerateSignatureKey(nil)
	wantErr(t, "key without randomness", err, ErrRandomness)

	kp := w.bundle("c")
	staged := w.stage("a0", CommitOptions{Add: []*KeyPackage{kp.KeyPackage}, WelcomeTree: true, Remove: []LeafIndex{b.OwnLeaf()}})
	_, err = JoinWelcome(staged.Welcome, nil, JoinOptions{})
	wantErr(t, "joining without a bundle", err, ErrNotReady)
	_, err = JoinWelcome(staged.Welcome, &KeyPackageBundle{KeyPackage: kp.KeyPackage}, JoinOptions{})
	wantErr(t, "joining without private keys", err, ErrDecrypt)
	_, err = b.Process(staged.Message, ProcessOptions{Queued: []*QueuedProposal{nil, {}}})
	noErr(t, err)
	// A removed member has no next group; using it is an error, no panic.
	removed, err := b.Process(staged.Message, ProcessOptions{})
	noErr(t, err)
	_, err = removed.Group().Seal(w.rand, SealOptions{}, nil)
	wantErr(t, "sealing after the removal", err, ErrNotReady)
	_, err = removed.Group().Commit(w.rand, CommitOptions{})
	wantErr(t, "committing after the removal", err, ErrNotReady)
	// A sender that seals in an epoch that is over is refused by those who went on.
	late, err := a.Seal(w.rand, SealOptions{}, nil)
	noErr(t, err)
	_, err = staged.Group().Open(late)
	wantErr(t, "an epoch too late", err, ErrWrongEpoch)

	// An erased group, reader or bundle.
	reader, err := a.Reader()
	noErr(t, err)
	reader.Erase()
	_, err = reader.Open(late)
	wantErr(t, "erased reader", err, ErrNotReady)
	a.Erase()
	a.Erase()
	_, err = a.Seal(w.rand, SealOptions{}, nil)
	wantErr(t, "erased group", err, ErrNotReady)
	_, err = a.MarshalBinary()
	wantErr(t, "saving an erased group", err, ErrNotReady)
	if a.Epoch() != b.Epoch() || a.MemberCount() != 2 {
		t.Error("the public state of an erased group is gone")
	}
	joined, err := JoinWelcome(staged.Welcome, kp, JoinOptions{})
	noErr(t, err)
	kp.Erase()
	_, err = JoinWelcome(staged.Welcome, kp, JoinOptions{})
	wantErr(t, "erased bundle", err, ErrNotReady)
	// Neither took anything from the groups that came of them.
	msg, err := staged.Group().Seal(w.rand, SealOptions{}, []byte("x"))
	noErr(t, err)
	_, err = joined.Open(msg)
	noErr(t, err)
	next, err := joined.Commit(w.rand, CommitOptions{})
	noErr(t, err)
	_, err = staged.Group().Process(next.Message, ProcessOptions{})
	noErr(t, err)
}

// TestNothingPrintsASecret prints a filled value of every exported type that
// holds a secret, in every way that fmt, slog and encoding/json have, and looks
// for the secret's bytes.
func TestNothingPrintsASecret(t *testing.T) {
	w := pairWorld(t)
	a := w.members["a0"]
	h, err := a.HistorySecrets()
	noErr(t, err)
	reader, err := a.Reader()
	noErr(t, err)
	kp := w.bundle("x")
	_, own, err := w.members["b"].ProposeUpdate(w.rand, LeafParams{}, ProposeOptions{})
	noErr(t, err)
	psk := ExternalPSK([]byte("name"), Secret("the pre-shared key itself"))
	staged := w.stage("a0", CommitOptions{Add: []*KeyPackage{kp.KeyPackage}})
	leaf := LeafParams{SignatureKey: a.key, Credential: BasicCredential([]byte("a"))}
	secrets := [][]byte{h.Encryption, h.SenderData, a.key.Bytes(), kp.InitKey, kp.EncryptionKey, kp.SignatureKey.Bytes(), psk.Secret,
		own.encryptionKey, a.secrets.init, a.secrets.exporter, a.secrets.membership, a.private[0], staged.group.secrets.init,
		a.ratchets.ratchets[ratchetApplication].secret}
	values := []any{h, h.Encryption, kp.InitKey, kp.SignatureKey, kp, *kp, own, *own, a, *a, reader, *reader, psk, &psk, staged, *staged,
		CommitOptions{PSKs: []PSK{psk}, Leaf: &leaf, Queued: []*QueuedProposal{own}}, ProcessOptions{Queued: []*QueuedProposal{own}},
		ExternalOptions{Leaf: leaf, PSKs: []PSK{psk}}, GroupParams{Leaf: leaf}, KeyPackageParams{Leaf: leaf}, leaf, FoundingOptions{Leaf: leaf},
		[]*Group{a}, map[string]*PSK{"x": &psk}, []*HistorySecrets{&h}, []*StagedCommit{staged}, map[string]*KeyPackageBundle{"x": kp}, struct{ G Group }{*a}, struct{ Q *QueuedProposal }{own}}
	for _, v := range values {
		printed := map[string]string{}
		// %p of a struct, which go vet refuses, is left out: fmt asks no type there.
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%d", "%q", "%o", "%b", "%c", "%U", "%t", "%e", "%T"} {
			printed[verb] = fmt.Sprintf(verb, v)
		}
		var buf bytes.Buffer
		slog.New(slog.NewTextHandler(&buf, nil)).Info("", "v", v)
		slog.New(slog.NewJSONHandler(&buf, nil)).Info("", "v", v)
		printed["slog"] = buf.String()
		if j, err := json.Marshal(v); err == nil {
			printed["json"] = string(j)
		}
		for how, out := range printed {
			for i, s := range secrets {
				if len(s) < 16 {
					t.Fatalf("secret %d is not filled", i)
				}
				if shows(out, s[:12]) {
					t.Errorf("%T printed with %s shows secret %d", v, how, i)
				}
			}
		}
	}
	// The test would notice.
	for _, how := range []string{"%x", "%X", "%v", "%s", "%q", "%#v", "%o", "%c"} {
		if !shows(fmt.Sprintf(how, []byte(h.Encryption)), h.Encryption[:12]) {
			t.Errorf("a secret printed with %s is not noticed", how)
		}
	}
}

// shows reports whether out holds the bytes of s in a form that a printer uses.
func shows(out string, s []byte) bool {
	raw := fmt.Sprintf("%q", s)
	for _, form := range []string{string(s), hex.EncodeToString(s), strings.ToUpper(hex.EncodeToString(s)), raw[1 : len(raw)-1],
		strings.Trim(fmt.Sprint(s), "[]"), strings.Trim(fmt.Sprintf("%o", s), "[]"), strings.Trim(fmt.Sprintf("%c", s), "[]"),
		strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", s), "[]byte{"), "}"), base64of(s)} {
		if strings.Contains(out, form) {
			return true
		}
	}
	return false
}

func base64of(s []byte) string {
	j, _ := json.Marshal(s)
	return strings.Trim(string(j), `"=`)
}
