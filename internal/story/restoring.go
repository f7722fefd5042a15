package story

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

func (s *story) restoreWithPIN() error {
	s.alice = &person{name: "alice", program: s.alice.program, home: s.home("alice-new-phone")}
	s.Narrator.Type("coffer restore alice --server " + s.server.url)
	var err error
	s.restoredByPIN, err = s.restore("restore", "alice", "--server", s.server.url, "--password-file", s.home("password"), "--pin-file", s.home("pin"), "--lost-all")
	return err
}

func (s *story) restoreWithCode() error {
	s.alice = &person{name: "alice", program: s.alice.program, home: s.home("alice-tablet")}
	s.Narrator.Type("coffer restore alice --server " + s.server.url + " --code-file code-on-paper")
	var err error
	s.restoredByCode, err = s.restore("restore", "alice", "--server", s.server.url, "--code-file", s.codeFile)
	return err
}

// restore runs a restore and holds what came back against what was there
// before and what the others see.
func (s *story) restore(args ...string) (restored, error) {
	lines, err := s.alice.run(s.ctx, "", args...)
	if err != nil {
		return restored{}, err
	}
	reports, err := objects[restored](lines, "restored")
	if err != nil || len(reports) != 1 {
		return restored{}, fmt.Errorf("restore printed no report: %w", err)
	}
	r := reports[0]
	if !r.Intact || len(r.Gaps) > 0 || r.Messages != r.Expected {
		return r, fmt.Errorf("the restore is not intact: %+v", r)
	}
	after, err := s.alice.everything(s.ctx)
	if err != nil {
		return r, err
	}
	if err := s.compareWithOthers(after); err != nil {
		return r, err
	}
	missing := len(s.expectedWhileAway) + 2
	if got := count(after) - count(s.before); got != missing {
		return r, fmt.Errorf("%d messages more than before, want the %d written meanwhile", got, missing)
	}
	if d := difference(s.before, s.withoutNew(after)); d != "" {
		return r, fmt.Errorf("the history is not what it was: %s", d)
	}
	s.Narrator.Good("%d of %d messages, compared one by one with what was there; %d written meanwhile", r.Messages, r.Expected, missing)
	s.Narrator.Say("The first conversation was on the screen after %.1f s, everything after %.1f s.", r.FirstPageMS/1000, r.TotalMS/1000)
	return r, nil
}

// withoutNew is histories without what was written while alice was away.
func (s *story) withoutNew(after map[string][]message) map[string][]message {
	out := map[string][]message{}
	for id, h := range after {
		if before, ok := s.before[id]; ok {
			out[id] = h[:min(len(h), len(before))]
		}
	}
	return out
}

// compareWithOthers holds alice's restored conversations against bob's and
// carol's own.
func (s *story) compareWithOthers(after map[string][]message) error {
	for _, p := range []*person{s.bob, s.carol} {
		if _, err := p.run(s.ctx, "", "sync"); err != nil {
			return err
		}
		theirs, err := p.everything(s.ctx)
		if err != nil {
			return err
		}
		for id, h := range theirs {
			mine, ok := after[id]
			if !ok {
				continue // a conversation without alice
			}
			if err := sameForBoth(h, mine); err != nil {
				return fmt.Errorf("%s and alice differ: %w", p.name, err)
			}
		}
	}
	return nil
}

// sameForBoth allows for what alice alone has deleted for herself.
func sameForBoth(theirs, mine []message) error {
	byID := map[string]message{}
	for _, m := range theirs {
		byID[m.ID] = m
	}
	for _, m := range mine {
		t, ok := byID[m.ID]
		if !ok {
			return fmt.Errorf("message %.8s is only hers", m.ID)
		}
		if fmt.Sprint(comparable(t)) != fmt.Sprint(comparable(m)) {
			return fmt.Errorf("message %.8s:\n theirs %+v\n hers   %+v", m.ID, t, m)
		}
	}
	if n := len(theirs) - len(mine); n < 0 || n > 1 {
		return fmt.Errorf("they have %d messages, she has %d", len(theirs), len(mine))
	}
	return nil
}

// disclose prints what the server holds about alice, and searches everything
// that the server wrote for what only the people may know.
func (s *story) disclose() error {
	s.Narrator.Type("cofferd disclose alice --data server")
	out, err := s.runServerCommand("disclose", "alice", "--data", s.server.data)
	if err != nil {
		return err
	}
	for _, line := range headings(out) {
		s.Narrator.Say("%s", line)
	}
	hits, files, err := s.search(append([][]byte{out}, nil...))
	if err != nil {
		return err
	}
	if len(hits) > 0 {
		return fmt.Errorf("the server holds what it must not: %q", hits[0])
	}
	s.Narrator.Good("%d texts, names and secrets of this story searched for in the server's %d files and its log: no hit", len(s.texts), files)
	return nil
}

// search looks for every text of the story in the server's folder and log, and
// in what it disclosed.
func (s *story) search(extra [][]byte) (hits []string, files int, err error) {
	look := func(b []byte) {
		for _, text := range s.texts {
			if len(text) >= 6 && bytes.Contains(b, []byte(text)) {
				hits = append(hits, text)
			}
		}
	}
	for _, b := range extra {
		look(b)
	}
	for _, root := range []string{s.server.data, s.server.log.Name()} {
		err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			files++
			look(b)
			return err
		})
		if err != nil {
			return nil, 0, err
		}
	}
	return hits, files, nil
}
