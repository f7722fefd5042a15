package itest

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/internal/story"
)

// logWriter gives the story to the test's log.
type logWriter struct{ t *testing.T }

func (l logWriter) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}

// TestStory is the main job, with the real programs: make demo.
func TestStory(t *testing.T) {
	if testing.Short() {
		t.Skip("not run: the story of make demo, because of -short")
	}
	programs := t.TempDir()
	build := exec.Command("go", "build", "-o", programs+string(filepath.Separator), "../cmd/coffer", "../cmd/cofferd")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	_, err := story.Run(t.Context(), story.Options{
		Programs: programs, Export: filepath.Join("..", "examples", "messenger-export"),
		Narrator: &story.Narrator{Out: logWriter{t}},
	})
	if err != nil {
		t.Fatal(err)
	}
}
