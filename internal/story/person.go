package story

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// person is somebody with a device.
type person struct {
	name    string
	program string // coffer
	home    string // the device's folder
}

// message is a message as coffer --json prints it (spec/cli.md).
type message struct {
	ID           string `json:"id"`
	Seq          uint64 `json:"seq"`
	Conversation string `json:"conversation"`
	Sender       struct {
		Handle  string `json:"handle"`
		Account string `json:"account"`
	} `json:"sender"`
	Time        string          `json:"time"`
	Text        string          `json:"text"`
	Edited      bool            `json:"edited"`
	Unsent      bool            `json:"unsent"`
	ReplyTo     string          `json:"replyTo"`
	Reactions   json.RawMessage `json:"reactions"`
	Attachments json.RawMessage `json:"attachments"`
	State       string          `json:"state"`
	Source      string          `json:"source"`
}

// restored is what coffer restore --json prints.
type restored struct {
	Account       string            `json:"account"`
	Conversations int               `json:"conversations"`
	Messages      int               `json:"messages"`
	Expected      int               `json:"expected"`
	Gaps          []json.RawMessage `json:"gaps"`
	Intact        bool              `json:"intact"`
	UnlockMS      float64           `json:"unlockMs"`
	FirstPageMS   float64           `json:"firstPageMs"`
	TotalMS       float64           `json:"totalMs"`
}

// exitError is how a program ended.
type exitError struct {
	command string
	code    int
	stderr  string
}

// Error names the command and what it said.
func (e *exitError) Error() string {
	return fmt.Sprintf("%s: exit %d: %s", e.command, e.code, strings.TrimSpace(e.stderr))
}

// run runs coffer on the person's device and returns its JSON lines.
func (p *person) run(ctx context.Context, stdin string, args ...string) ([]json.RawMessage, error) {
	cmd := exec.CommandContext(ctx, p.program, append([]string{"--home", p.home, "--json", "--quiet"}, args...)...)
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var lines []json.RawMessage
	for line := range bytes.Lines(stdout.Bytes()) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			lines = append(lines, json.RawMessage(line))
		}
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return lines, &exitError{"coffer " + strings.Join(args, " "), exit.ExitCode(), stderr.String()}
	}
	return lines, err
}

// exitCode is the exit code in an error of run, 0 where there is none.
func exitCode(err error) int {
	var e *exitError
	if errors.As(err, &e) {
		return e.code
	}
	return 0
}

// objects decodes the lines of one type.
func objects[T any](lines []json.RawMessage, kind string) ([]T, error) {
	var out []T
	for _, line := range lines {
		var head struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(line, &head); err != nil {
			return nil, fmt.Errorf("not JSON: %q", line)
		}
		if head.Type != kind {
			continue
		}
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// send sends texts, one message each, and returns what became of them.
func (p *person) send(ctx context.Context, to string, texts ...string) ([]message, error) {
	lines, err := p.run(ctx, strings.Join(texts, "\n")+"\n", "send", to, "--lines")
	sent, decodeErr := objects[message](lines, "message")
	return sent, errors.Join(err, decodeErr)
}

// history returns a whole conversation, oldest first.
func (p *person) history(ctx context.Context, to string) ([]message, error) {
	lines, err := p.run(ctx, "", "history", to, "--all")
	if err != nil {
		return nil, err
	}
	return objects[message](lines, "message")
}

// conversation is a line of coffer list --json.
type conversation struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// everything returns all histories by conversation id.
func (p *person) everything(ctx context.Context) (map[string][]message, error) {
	lines, err := p.run(ctx, "", "list")
	if err != nil {
		return nil, err
	}
	list, err := objects[conversation](lines, "conversation")
	if err != nil {
		return nil, err
	}
	out := map[string][]message{}
	for _, c := range list {
		if out[c.ID], err = p.history(ctx, c.ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// file writes a file for a flag such as --pin-file.
func (s *story) file(name, content string) (string, error) {
	path := filepath.Join(s.dir, name)
	return path, os.WriteFile(path, []byte(content), 0o600)
}
