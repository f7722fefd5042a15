package tsmls

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/mls"
)

// request and answer are a line each.
type request struct {
	Op       string    `json:"op"`
	Name     string    `json:"name"`
	Suite    uint16    `json:"suite,omitempty"`
	Lifetime []string  `json:"lifetime,omitempty"`
	Group    []byte    `json:"group,omitempty"`
	Message  []byte    `json:"message,omitempty"`
	Resync   bool      `json:"resync,omitempty"`
	Proposal *wanted   `json:"proposal,omitempty"`
	Changes  []*wanted `json:"proposals,omitempty"`
	Public   form      `json:"public"`
	Text     []byte    `json:"text,omitempty"`
	AAD      []byte    `json:"aad,omitempty"`
	Label    string    `json:"label,omitempty"`
	Context  []byte    `json:"context,omitempty"`
	Length   int       `json:"length,omitempty"`
}

type wanted struct {
	Add    []byte `json:"add,omitempty"`
	Remove string `json:"remove,omitempty"`
}

type answer struct {
	Error         string `json:"error"`
	Message       []byte `json:"message"`
	Welcome       []byte `json:"welcome"`
	Text          []byte `json:"text"`
	Epoch         uint64 `json:"epoch"`
	Authenticator []byte `json:"authenticator"`
	Exported      []byte `json:"exported"`
	Active        bool   `json:"active"`
}

// driver is a node process that plays members.
type driver struct {
	in    *json.Encoder
	out   *bufio.Reader
	stuck *time.Timer // ends the process
}

// patience is how long the driver may take for one answer.
const patience = 2 * time.Minute

// startDriver starts a script with node, if node and the package it needs are
// there.
func startDriver(t *testing.T, script, pkg string) *driver {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("not run: wants node 20 or later in the PATH")
	}
	version, err := exec.Command(node, "-p", "process.versions.node").Output()
	if err != nil {
		t.Fatal(err)
	}
	major, _, _ := strings.Cut(string(version), ".")
	if n, err := strconv.Atoi(major); err != nil || n < 20 {
		t.Skipf("not run: wants node 20 or later, this is %s", bytes.TrimSpace(version))
	}
	if _, err := os.Stat("node_modules/" + pkg); errors.Is(err, os.ErrNotExist) {
		t.Skipf("not run: wants %s; run npm ci in mls/interop/tsmls", pkg)
	}
	cmd := exec.Command(node, script)
	var messages bytes.Buffer
	cmd.Stderr = &messages
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	stuck.Stop()
	t.Cleanup(func() {
		in.Close()
		stuck.Reset(patience)
		err := cmd.Wait()
		stuck.Stop()
		if err != nil {
			t.Errorf("%s: %v\n%s", script, err, messages.Bytes())
		}
	})
	return &driver{json.NewEncoder(in), bufio.NewReader(out), stuck}
}

// ask sends a request and returns the answer, errors of the peer included.
func (d *driver) ask(q *request) (*answer, error) {
	d.stuck.Reset(patience)
	defer d.stuck.Stop()
	if err := d.in.Encode(q); err != nil {
		return nil, err
	}
	line, err := d.out.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("the driver is gone: %w", err)
	}
	a := new(answer)
	if err := json.Unmarshal(line, a); err != nil {
		return nil, err
	}
	if a.Error != "" {
		return nil, errors.New(a.Error)
	}
	return a, nil
}

// theirs is a member in a driver.
type theirs struct {
	*driver
	t     *testing.T
	who   string
	suite mls.CipherSuite
}

func (p *theirs) do(q request) *answer {
	p.t.Helper()
	q.Name = p.who
	a, err := p.ask(&q)
	if err != nil {
		p.t.Fatalf("%s (theirs) %s: %v", p.who, q.Op, err)
	}
	return a
}

func (p *theirs) name() string { return p.who }

func (p *theirs) keyPackage() []byte {
	p.t.Helper()
	l := lifetime()
	return p.do(request{Op: "keyPackage", Suite: uint16(p.suite), Lifetime: []string{
		strconv.FormatUint(l.NotBefore, 10), strconv.FormatUint(l.NotAfter, 10),
	}}).Message
}

func (p *theirs) create(group []byte) {
	p.t.Helper()
	p.keyPackage()
	p.do(request{Op: "create", Group: group})
}

func (p *theirs) join(welcome []byte) {
	p.t.Helper()
	p.do(request{Op: "join", Message: welcome})
}

func (p *theirs) groupInfo() []byte {
	p.t.Helper()
	return p.do(request{Op: "groupInfo"}).Message
}

func (p *theirs) joinExternal(groupInfo []byte, resync bool) []byte {
	p.t.Helper()
	if !resync { // otherwise with the key of before
		p.keyPackage()
	}
	return p.do(request{Op: "joinExternal", Message: groupInfo, Resync: resync}).Message
}

func want(c change) *wanted { return &wanted{Add: c.add, Remove: c.remove} }

func (p *theirs) propose(c change, f form) []byte {
	p.t.Helper()
	return p.do(request{Op: "propose", Proposal: want(c), Public: f}).Message
}

func (p *theirs) commit(changes []change, f form) (commit, welcome []byte) {
	p.t.Helper()
	q := request{Op: "commit", Public: f, AAD: []byte("why")}
	for _, c := range changes {
		q.Changes = append(q.Changes, want(c))
	}
	a := p.do(q)
	return a.Message, a.Welcome
}

func (p *theirs) process(message []byte) {
	p.t.Helper()
	p.do(request{Op: "process", Message: message})
}

func (p *theirs) seal(text string) []byte {
	p.t.Helper()
	return p.do(request{Op: "seal", Text: []byte(text), AAD: []byte("aad")}).Message
}

func (p *theirs) open(message []byte) string {
	p.t.Helper()
	return string(p.do(request{Op: "process", Message: message}).Text)
}

func (p *theirs) state() state {
	p.t.Helper()
	a := p.do(request{Op: "state", Label: exportLabel, Context: []byte(exportContext), Length: exportLength})
	if !a.Active {
		return state{}
	}
	return state{active: true, epoch: a.Epoch, authenticator: a.Authenticator, exported: a.Exported}
}
