// Testrun runs "go test -json" with the given arguments, prints a line for each
// package and the output of what failed, and ends by naming the tests that
// could not run here and what they want. A test says so by skipping with a
// message that begins "not run:".
//
//	go run ./internal/testrun [-strict [-allow REGEXP]] [go test arguments]
//
// With -strict a test that could not run is a failure, unless its reason
// matches -allow: what no machine could run, such as vectors of cipher suites
// that are not built.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// event is one line of go test -json (go doc test2json).
type event struct {
	Action  string
	Package string
	Test    string
	Elapsed float64
	Output  string
}

func main() {
	strict := flag.Bool("strict", false, "fail if a test could not run")
	allow := flag.String("allow", "^$", "with -strict, reasons that are allowed")
	flag.Parse()
	allowed, err := regexp.Compile(*allow)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testrun:", err)
		os.Exit(2)
	}
	os.Exit(run(*strict, allowed, flag.Args(), os.Stdout, os.Stderr))
}

func run(strict bool, allowed *regexp.Regexp, args []string, stdout, stderr io.Writer) int {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = stderr
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(stderr, "testrun:", err)
		return 1
	}
	s := newSummary(stdout)
	in := bufio.NewReaderSize(pipe, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		var e event
		if json.Unmarshal(line, &e) == nil && e.Action != "" {
			s.take(e)
		} else if len(line) > 0 {
			stdout.Write(line)
		}
		if err != nil {
			break
		}
	}
	failed := cmd.Wait() != nil
	s.finish()
	if failed || s.failed > 0 {
		return 1
	}
	if missing := s.missing(allowed); strict && len(missing) > 0 {
		fmt.Fprintf(stderr, "testrun: %d tests should have run here: %s\n", len(missing), strings.Join(missing, "; "))
		return 1
	}
	return 0
}

// missing is what did not run for a reason that is not allowed.
func (s *summary) missing(allowed *regexp.Regexp) []string {
	return slices.DeleteFunc(slices.Clone(s.notRun), allowed.MatchString)
}

// summary counts tests and keeps the output of those under way.
type summary struct {
	out                     io.Writer
	output                  map[string][]string
	passed, failed, skipped int
	notRun                  []string
}

func newSummary(out io.Writer) *summary { return &summary{out: out, output: map[string][]string{}} }

func (s *summary) take(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		s.output[key] = append(s.output[key], e.Output)
		return
	case "pass", "fail", "skip":
	default:
		return
	}
	defer delete(s.output, key)
	if e.Test == "" {
		s.endPackage(e)
		return
	}
	switch e.Action {
	case "pass":
		s.passed++
	case "fail":
		s.failed++
		fmt.Fprint(s.out, strings.Join(s.output[key], ""))
	case "skip":
		s.skipped++
		s.skip(e, s.output[key])
	}
}

func (s *summary) endPackage(e event) {
	switch e.Action {
	case "pass":
		fmt.Fprintf(s.out, "ok  \t%s\t%.1fs\n", e.Package, e.Elapsed)
	case "fail":
		fmt.Fprint(s.out, strings.Join(s.output[e.Package+" "], ""))
		fmt.Fprintf(s.out, "FAIL\t%s\t%.1fs\n", e.Package, e.Elapsed)
	}
}

// skip notes why a test could not run.
func (s *summary) skip(e event, output []string) {
	why := "for a reason that it does not name"
	for _, line := range output {
		if _, after, ok := strings.Cut(line, "not run:"); ok {
			why = strings.TrimSpace(after)
		}
	}
	s.notRun = append(s.notRun, fmt.Sprintf("%s %s: %s", e.Package[strings.LastIndex(e.Package, "/")+1:], e.Test, why))
}

func (s *summary) finish() {
	if len(s.notRun) > 0 {
		slices.Sort(s.notRun)
		fmt.Fprintf(s.out, "\nNot run here:\n")
		for _, line := range s.notRun {
			fmt.Fprintln(s.out, "  "+line)
		}
	} else {
		fmt.Fprintln(s.out, "\nEverything ran.")
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
}
