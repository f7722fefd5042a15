package content

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vectorFolder returns the folder of the standards' test vectors, which do not
// belong to this repository, or skips the test.
func vectorFolder(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("COFFER_VECTORS")
	if dir == "" {
		root, err := os.Getwd()
		for err == nil {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil || root == filepath.Dir(root) {
				break
			}
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "..", "shared", "vectors")
	}
	dir = filepath.Join(dir, name)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("not run: no test vectors: set COFFER_VECTORS to the folder that holds " + name)
	}
	return dir
}

const (
	exampleAlice = URI("mimi://example.com/u/alice-smith")
	exampleBob   = URI("mimi://example.com/u/bob-jones")
	exampleCathy = URI("mimi://example.com/u/cathy-washington")
	exampleRoom  = URI("mimi://example.com/r/engineering_team")

	idOriginal = "017ce54837404c3696e0c747b985cb172716d0ed0a3d249ca63ace7d82a096f4"
	idReply    = "015354973c2b65ca937bf1e035ae53a5ab80e947afa43d46920d4202e5cc0b27"
	idReaction = "0158c4288911e50a8f6be3f47746b6682f10fd91bc8c05557aa589a3157aff68"
)

// The draft's examples, with the ids that it states.
var examples = []struct {
	name   string
	sender URI
	id     string
	kind   Kind
	target string
	text   string
}{
	{"original", exampleAlice, idOriginal, KindText, "", "Hi everyone, we just shipped release 2.0. __Good  work__!"},
	{"reply", exampleBob, idReply, KindText, "", "Right on! _Congratulations_ 'all!"},
	{"reaction", exampleCathy, idReaction, KindReaction, idOriginal, "❤"},
	{"mention", exampleCathy, "018d825adf9f6be00dcafc5704c4102f5022e74219d0b603e4ba7622654042af", KindText, "", "Kudos to [@Alice Smith](mimi://example.com/u/alice-smith) for making the release happen!"},
	{"mention-html", exampleCathy, "01967ff8e9a66819738ad5cf26d2e0388a3b81d86b0f61d129c077d043ee2a4e", KindOther, "", ""},
	{"edit", exampleBob, "014028c0deddbdea56bec26172f6ede953d11024cb82b8192b5e2aea62d7fb47", KindEdit, idReply, "Right on! _Congratulations_ y'all!"},
	{"delete", exampleBob, "011d9efc78d04d4dcf4d82b07d5199bbef37011c1f0c7e004b6111c6dda504b4", KindUnsend, idReply, ""},
	{"unlike", exampleCathy, "013aadbb8f313253c8930f4e93c6ca54b2ed06d258185bdcec3870534c8a4ec4", KindUnreaction, idReaction, ""},
	{"expiring", exampleAlice, "01e59db8173939facc2c8a4a0f0ae8d0c7a11a81239626630c9464a8d6717a03", KindText, "", "__*VPN GOING DOWN*__ I'm rebooting the VPN in ten minutes unless anyone objects."},
	{"attachment", exampleBob, "0176180c7d19a925021fe446d241134d05c38e0d999cdc0f39c391d2377ed9d1", KindOther, "", ""},
	{"conferencing", exampleAlice, "01496d15a8dba28d7397f9868b70768e4a67f765d5b5b1ae9e03848c5fdeb0ba", KindOther, "", ""},
	{"multipart-1", exampleAlice, "01da5a515ec5db42cc4dcc19b90c3c31245d8a1cfcce11318f24eb11dce0990e", KindText, "", "# Welcome!"},
	{"multipart-2", exampleAlice, "01d65918c6c51c8e76546337276ae6f4bfd873d867d5cb57c76bcdca3d999dd7", KindOther, "", ""},
	{"multipart-3", exampleAlice, "01cfebeadbdb83c1eefb6403ba4852daf8bbbf9cd53bf5035a74d5d741950c9f", KindOther, "", ""},
}

func TestDraftExamples(t *testing.T) {
	dir := vectorFolder(t, "mimi")
	seen := map[string]bool{"implied-original": true} // derived values, not a message
	for _, c := range examples {
		data, err := os.ReadFile(filepath.Join(dir, c.name+".cbor"))
		if err != nil {
			t.Fatal(err)
		}
		seen[c.name] = true
		m, id, err := Open(data, c.sender, exampleRoom)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if id.String() != c.id {
			t.Errorf("%s: id %s, want %s", c.name, id, c.id)
		}
		again, err := New(m.Fields())
		if err != nil || !bytes.Equal(again.Bytes(), data) {
			t.Errorf("%s: encoded again: %v, equal %v", c.name, err, err == nil && bytes.Equal(again.Bytes(), data))
		}
		v := m.View()
		target := ""
		if !v.Target.IsZero() {
			target = v.Target.String()
		}
		if v.Kind != c.kind || target != c.target || v.Text != c.text {
			t.Errorf("%s: %v of %q, text %q", c.name, v.Kind, target, v.Text)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.cbor"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".cbor"); !seen[name] {
			t.Errorf("example %s is not tested", name)
		}
	}
}

func TestDraftPartIndex(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(vectorFolder(t, "mimi"), "multipart-3.cbor"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	got := map[int]string{}
	part := m.Fields().Part
	part.Walk(func(i int, p *Part) {
		if s, ok := p.Body.(*SinglePart); ok {
			got[i] = s.MediaType
		}
	})
	want := map[int]string{
		3: "text/html;charset=utf-8", 4: "text/html;charset=utf-8", 5: "image/gif",
		8: "text/html;charset=utf-8", 9: "text/html;charset=utf-8", 10: "image/png",
	}
	if len(got) != len(want) {
		t.Errorf("single parts %v", got)
	}
	for i, w := range want {
		if got[i] != w {
			t.Errorf("part %d is %q, want %q", i, got[i], w)
		}
	}
}
