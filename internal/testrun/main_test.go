package main

import (
	"regexp"
	"strings"
	"testing"
)

func TestSummaryNamesWhatDidNotRun(t *testing.T) {
	var out strings.Builder
	s := newSummary(&out)
	for _, e := range []event{
		{Action: "pass", Package: "x/y", Test: "TestA"},
		{Action: "output", Package: "x/y", Test: "TestB", Output: "    b_test.go:1: not run: needs the vectors\n"},
		{Action: "skip", Package: "x/y", Test: "TestB"},
		{Action: "skip", Package: "x/y", Test: "TestSilent"},
		{Action: "output", Package: "x/y", Test: "TestC", Output: "broken\n"},
		{Action: "fail", Package: "x/y", Test: "TestC"},
		{Action: "fail", Package: "x/y"},
	} {
		s.take(e)
	}
	s.finish()
	if got := s.missing(regexp.MustCompile("vectors")); len(got) != 1 || !strings.Contains(got[0], "TestSilent") {
		t.Errorf("missing, with vectors allowed: %q; want TestSilent only", got)
	}
	for _, want := range []string{"y TestB: needs the vectors", "TestSilent: for a reason that it does not name", "broken", "FAIL\tx/y", "1 passed, 1 failed, 2 skipped"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, &out)
		}
	}
}
