package drive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/client/cloud"
)

// rclone's exit codes (rclone.org/docs).
const (
	exitNoFolder = 3
	exitNoFile   = 4
)

const (
	maxListing = 1 << 20
	maxSaid    = 4096
	// endAfter is how long rclone has to end once it was told to.
	endAfter = 5 * time.Second
)

// rclone is a remote of the user's own rclone program, which is run for each
// file. What is secret goes through its standard input and output.
type rclone struct {
	remote string // REMOTE:PATH
	limit  time.Duration
}

func (r *rclone) file(name string) string {
	if strings.HasSuffix(r.remote, ":") || strings.HasSuffix(r.remote, "/") {
		return r.remote + name
	}
	return r.remote + "/" + name
}

// run runs rclone and returns what it prints.
func (r *rclone) run(ctx context.Context, most int64, input []byte, args ...string) ([]byte, error) {
	path, err := exec.LookPath("rclone")
	if err != nil {
		return nil, cloud.ErrNoProgram
	}
	limited, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	// Never a question: there is nobody to answer. Flags end before what is named.
	args = append([]string{args[0], "--ask-password=false", "--retries=2", "--low-level-retries=3"}, args[1:]...)
	cmd := exec.CommandContext(limited, path, args...)
	cmd.WaitDelay = endAfter
	var said, out capped
	said.most, out.most = maxSaid, most
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &said
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil && out.over:
		return nil, cloud.ErrTooLarge
	case err == nil:
		return out.Bytes(), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, cloud.ErrTimeout
	case errors.As(err, &exit) && (exit.ExitCode() == exitNoFolder || exit.ExitCode() == exitNoFile):
		return nil, cloud.ErrMissing
	}
	return nil, fmt.Errorf("cloud: rclone: %s", lastWords(said.String(), err))
}

func (r *rclone) List(ctx context.Context) ([]string, error) {
	out, err := r.run(ctx, maxListing, nil, "lsf", "--files-only", "--max-depth=1", "--", r.remote)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range strings.Split(string(out), "\n") {
		if plain(name) == nil {
			names = append(names, name)
		}
	}
	return names, nil
}

func (r *rclone) Read(ctx context.Context, name string) ([]byte, error) {
	if err := plain(name); err != nil {
		return nil, err
	}
	// A file that is not there gives no error from every version of "cat".
	names, err := r.List(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, name) {
		return nil, cloud.ErrMissing
	}
	return r.run(ctx, cloud.MaxFile, nil, "cat", "--", r.file(name))
}

// Write relies on rcat, which holds so small a file whole before it sends it. Who
// must be sure reads the file back.
func (r *rclone) Write(ctx context.Context, name string, content []byte) error {
	if err := plain(name); err != nil {
		return err
	}
	_, err := r.run(ctx, maxSaid, content, "rcat", "--", r.file(name))
	return err
}

func (r *rclone) Delete(ctx context.Context, name string) error {
	if err := plain(name); err != nil {
		return err
	}
	_, err := r.run(ctx, maxSaid, nil, "deletefile", "--", r.file(name))
	if err == nil || errors.Is(err, cloud.ErrNoProgram) || errors.Is(err, cloud.ErrTimeout) {
		return err
	}
	// Not every version tells a file that is not there from other failures.
	if names, listed := r.List(ctx); listed == nil && !slices.Contains(names, name) {
		return nil
	}
	return err
}

// capped keeps the first bytes of what is written to it.
type capped struct {
	bytes.Buffer
	most int64
	over bool
}

func (c *capped) Write(p []byte) (int, error) {
	if left := c.most - int64(c.Len()); int64(len(p)) > left {
		c.over = true
		c.Buffer.Write(p[:max(left, 0)])
		return len(p), nil
	}
	return c.Buffer.Write(p)
}

// ReadFrom hides the buffer's own, which has no bound.
func (c *capped) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{c}, r)
}

// lastWords is the last line that rclone said, without its time stamp, and no
// longer than a line.
func lastWords(said string, err error) string {
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(said, "?")), "\n")
	line := strings.TrimSpace(lines[len(lines)-1])
	if stamp := len("2006/01/02 15:04:05 "); len(line) > stamp && line[4] == '/' && line[7] == '/' {
		line = line[stamp:]
	}
	if line == "" {
		line = err.Error()
	}
	if utf8.RuneCountInString(line) > 200 {
		line = string([]rune(line)[:200]) + "…"
	}
	return line
}
