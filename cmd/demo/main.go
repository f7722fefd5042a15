// Demo tells Coffer's main job with the real programs: people chat, lose every
// device, and get everything back. It leaves nothing behind.
//
//	demo [--keep] [--svg FILE]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/coffer-chat/coffer/internal/story"
	"golang.org/x/term"
)

func main() { os.Exit(run()) }

func run() int {
	keep := flag.Bool("keep", false, "leave the story's folder behind, to look around in it")
	svg := flag.String("svg", "", "also draw the story as a picture into this `file`")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: demo [--keep] [--svg FILE]\n\nTells the main job with the real programs: chat, lose every device, restore.\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()

	programs, remove, err := build(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		return 1
	}
	defer remove()
	terminal := term.IsTerminal(int(os.Stdout.Fd()))
	n := &story.Narrator{Out: os.Stdout, Terminal: terminal, Colour: terminal && os.Getenv("NO_COLOR") == ""}
	_, err = story.Run(ctx, story.Options{
		Programs: programs, Export: filepath.Join("examples", "messenger-export"), Keep: *keep, Narrator: n,
	})
	if err == nil && *svg != "" {
		err = draw(*svg, n.Lines)
	}
	if errors.Is(context.Cause(ctx), context.Canceled) {
		fmt.Fprintln(os.Stderr, "\ndemo: interrupted; nothing is left behind")
		return 130
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		return 1
	}
	return 0
}

// build makes the programs, unless they stand beside this one (make demo).
func build(ctx context.Context) (dir string, remove func(), err error) {
	if self, err := os.Executable(); err == nil {
		beside := filepath.Dir(self)
		_, err1 := os.Stat(filepath.Join(beside, "coffer"))
		_, err2 := os.Stat(filepath.Join(beside, "cofferd"))
		if err1 == nil && err2 == nil {
			return beside, func() {}, nil
		}
	}
	fmt.Println("Building; the first build on a machine takes about two minutes.")
	dir, err = os.MkdirTemp("", "coffer-programs-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	cmd := exec.CommandContext(ctx, "go", "build", "-o", dir+"/", "./cmd/coffer", "./cmd/cofferd")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		remove()
		return "", nil, fmt.Errorf("building (run this from the repository's folder): %w", err)
	}
	return dir, remove, nil
}

func draw(path string, lines []story.Line) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := story.Picture(f, lines); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
