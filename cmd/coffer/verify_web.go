package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/internal/plain"
)

const (
	maxRelease     = 1 << 20  // bytes of a release's list
	maxReleaseFile = 64 << 20 // bytes of one of its files
	maxReleaseList = 1000     // files in it
)

// release is release.json of a built web client: each file's path under the
// server's address, and the SHA-256 of its content.
type release struct {
	Format int               `json:"format"`
	Files  map[string]string `json:"files"`
}

func (a *app) verifyWebCommand() *cobra.Command {
	var file string
	c := a.command(spec{
		use:   "verify-web URL [--release FILE]",
		short: "Check the web client that a server hands out against a release",
		long: `Fetches every file of the page and compares its SHA-256 with the release's list:
web/dist/release.json, which 'make web' makes anew from the source, byte for byte.
Without --release the server's own list is taken: that shows only that the page is
whole, so compare the release's hash, which is printed, with one that you trust.
A server can hand out one page here and another one to somebody else.`,
		example: `  coffer verify-web https://chat.example.org --release web/dist/release.json`,
		args:    []string{"URL"},
		run: func(ctx context.Context, args []string) error {
			v, err := newWebVerifier(a, args[0])
			if err != nil {
				return err
			}
			return a.verifyWeb(ctx, v, file)
		},
	})
	c.Flags().StringVar(&file, "release", "", "the release's list, a `file` that you trust")
	return c
}

func (a *app) verifyWeb(ctx context.Context, v *webVerifier, file string) error {
	var list []byte
	var err error
	if file == "" {
		list, err = v.fetch(ctx, "release.json", maxRelease)
	} else if list, err = os.ReadFile(file); err != nil {
		return usagef("the release's list cannot be read: is %s the file that make web has made?", path.Base(file))
	}
	if err != nil {
		return err
	}
	r, err := parseRelease(list)
	if err != nil {
		return err
	}
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range r.Files {
			if !yield(name) {
				return
			}
		}
	})
	o := webObject{Type: "web", URL: v.base, Trusted: file != "", Release: sum(list), Files: len(names), Differs: []string{}}
	for i, name := range names {
		same, err := v.same(ctx, name, r.Files[name])
		if err != nil {
			return err
		}
		if !same {
			o.Differs = append(o.Differs, name)
		}
		a.progress.report(client.Progress{Task: "download", Done: int64(i + 1), Total: int64(len(names))})
	}
	// The address that people open is no file of the list; it must be the page.
	if page, listed := r.Files["index.html"]; listed {
		same, err := v.same(ctx, "", page)
		if err != nil {
			return err
		}
		if !same {
			o.Differs = append(o.Differs, "/")
		}
	}
	o.Policy = v.strict
	o.Same = len(o.Differs) == 0 && o.Policy
	a.print(o, func(w io.Writer) { printWeb(w, o) })
	if !o.Same {
		return &fault.Error{Kind: fault.KindIntegrity, Message: "the server's page is not the release's: do not type a secret into it", Promise: fault.PromiseProved}
	}
	return nil
}

func printWeb(w io.Writer, o webObject) {
	fmt.Fprintf(w, "Release %s, %s\n", o.Release, plural(o.Files, "file", "files"))
	for _, name := range o.Differs {
		fmt.Fprintf(w, "  differs: %s\n", plain.Line(name))
	}
	if !o.Policy {
		fmt.Fprintln(w, "  the page comes without the policy that keeps other code out")
	}
	switch {
	case o.Same && o.Trusted:
		fmt.Fprintln(w, "The page is the release's, byte for byte.")
	case o.Same:
		fmt.Fprintln(w, "The page is what the server's own list says. Whether that list is a release's, only\n--release with a list that you trust, or comparing the hash above, can show.")
	}
}

func parseRelease(list []byte) (release, error) {
	var r release
	bad := &fault.Error{Kind: fault.KindUsage, Message: "this is no list of a release: make web writes web/dist/release.json"}
	if len(list) > maxRelease || json.Unmarshal(list, &r) != nil || r.Format != 1 || len(r.Files) == 0 || len(r.Files) > maxReleaseList {
		return r, bad
	}
	for name, hash := range r.Files {
		if name != strings.TrimPrefix(path.Clean("/"+name), "/") || strings.ContainsAny(name, "?#%\\") || len(hash) != 2*sha256.Size {
			return r, bad
		}
	}
	if _, ok := r.Files["index.html"]; !ok {
		return r, bad
	}
	return r, nil
}

// webVerifier fetches what a server hands to browsers.
type webVerifier struct {
	base   string
	client *http.Client
	strict bool // the page came with a policy that lets its own scripts run only
}

func newWebVerifier(a *app, address string) (*webVerifier, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return nil, usagef("the address of a server is like https://chat.example.org")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !a.insecure && !isLoopback(u.Hostname())) {
		return nil, usagef("plain http is refused beyond this machine; use https, or --insecure on a network that you trust")
	}
	return &webVerifier{base: u.Scheme + "://" + u.Host, client: &http.Client{
		Timeout:       a.timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// same reports whether a file is the one with this hash. One that is missing is
// another.
func (v *webVerifier) same(ctx context.Context, name, hash string) (bool, error) {
	b, err := v.fetch(ctx, name, maxReleaseFile)
	if errors.Is(err, errNotHandedOut) {
		return false, nil
	}
	return err == nil && sum(b) == hash, err
}

var errNotHandedOut = errors.New("the server has no such file; does it serve the web client?")

func (v *webVerifier) fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+"/"+name, nil)
	if err != nil {
		return nil, usagef("the address of a server is like https://chat.example.org")
	}
	unreachable := func(err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &fault.Error{Kind: fault.KindUnreachable, Message: "the server cannot be reached", Err: err}
	}
	resp, err := v.client.Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &fault.Error{Kind: fault.KindFailed, Message: errNotHandedOut.Error(), Mark: errNotHandedOut}
	}
	if name == "" {
		v.strict = strictPolicy(resp.Header.Values("Content-Security-Policy"))
	}
	var b bytes.Buffer
	if n, err := b.ReadFrom(io.LimitReader(resp.Body, limit+1)); err != nil {
		return nil, unreachable(err)
	} else if n > limit {
		return nil, failf(nil, "the server answers with more than a web client's file can have")
	}
	return b.Bytes(), nil
}

// strictPolicy reports whether a policy keeps out every script that is not a file
// of the server's.
func strictPolicy(policies []string) bool {
	for _, p := range policies {
		for rule := range strings.SplitSeq(p, ";") {
			if words := strings.Fields(rule); len(words) > 0 && words[0] == "script-src" {
				return slices.Equal(words[1:], []string{"'self'", "'wasm-unsafe-eval'"}) && strings.Contains(p, "require-trusted-types-for 'script'")
			}
		}
	}
	return false
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
