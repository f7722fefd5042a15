// Package cloudtest serves a cloud on this machine, by the program rclone. Call
// Serve.
package cloudtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Serve runs "rclone serve webdav" on loopback until the test ends, and makes the
// remote "cloud" of it, in an rclone configuration of the test's own. It returns
// the folder behind it. Where rclone is not installed, the test is not run.
func Serve(t *testing.T) (folder string) {
	t.Helper()
	if _, err := exec.LookPath("rclone"); err != nil {
		t.Skip("not run: wants the program rclone; on Debian: apt-get install rclone")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	Configure(t, "http://"+address)
	folder = t.TempDir()
	cmd := exec.Command("rclone", "serve", "webdav", "--addr", address, folder)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 100 {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return folder
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("rclone does not serve")
	return ""
}

// Configure makes "cloud" a WebDAV remote of rclone for the rest of the test.
func Configure(t *testing.T, url string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rclone.conf")
	config := fmt.Appendf(nil, "[cloud]\ntype = webdav\nurl = %s\nvendor = other\n", url)
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("RCLONE_CONFIG", file)
}
