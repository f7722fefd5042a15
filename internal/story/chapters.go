package story

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func (s *story) serve() error {
	s.server = &server{
		program: filepath.Join(s.Programs, "cofferd"), data: s.home("server"), listen: "127.0.0.1:0",
	}
	s.Narrator.Type("cofferd serve --data server")
	if err := s.server.start(s.ctx); err != nil {
		return err
	}
	s.Narrator.Say("One process, nothing else to install. It is ready at %s.", s.server.url)
	return nil
}

func (s *story) register() error {
	password, err := s.file("password", s.password)
	if err != nil {
		return err
	}
	for _, p := range []**person{&s.alice, &s.bob, &s.carol} {
		name := map[**person]string{&s.alice: "alice", &s.bob: "bob", &s.carol: "carol"}[p]
		*p = &person{name: name, program: filepath.Join(s.Programs, "coffer"), home: s.home(name + "-phone")}
		args := []string{"register", name, "--server", s.server.url}
		if name == "alice" {
			args = append(args, "--password-file", password)
		}
		s.Narrator.Type("coffer register " + name + " --server " + s.server.url)
		if _, err := (*p).run(s.ctx, "", args...); err != nil {
			return err
		}
	}
	s.Narrator.Say("Each has keys that never leave the device; the server has seen public halves only.")
	return nil
}

func (s *story) waysBack() error {
	pin, err := s.file("pin", s.pin)
	if err != nil {
		return err
	}
	s.codeFile = s.home("code-on-paper")
	s.Narrator.Type("coffer recovery add pin")
	if _, err := s.alice.run(s.ctx, "", "recovery", "add", "pin", "--pin-file", pin, "--password-file", s.home("password")); err != nil {
		return err
	}
	s.Narrator.Type("coffer recovery add code")
	if _, err := s.alice.run(s.ctx, "", "recovery", "add", "code", "--code-out", s.codeFile); err != nil {
		return err
	}
	code, err := os.ReadFile(s.codeFile)
	if err != nil {
		return err
	}
	s.texts = append(s.texts, s.pin, s.password, strings.TrimSpace(string(code)))
	s.Narrator.Say("The PIN is guarded by three realms that allow ten guesses; the code is 40 characters on paper.")
	return nil
}

func (s *story) importExport() error {
	s.Narrator.Type("coffer import messenger " + filepath.Base(s.Export))
	lines, err := s.alice.run(s.ctx, "", "import", "messenger", s.Export)
	if err != nil {
		return err
	}
	imported, err := objects[struct {
		Threads  int `json:"threads"`
		Messages int `json:"messages"`
	}](lines, "imported")
	if err != nil || len(imported) != 1 {
		return fmt.Errorf("import printed no summary: %w", err)
	}
	s.importedThreads, s.importedMessages = imported[0].Threads, imported[0].Messages
	if s.importedMessages < 2000 || s.importedThreads != 12 {
		return fmt.Errorf("imported %d messages in %d threads, want at least 2,000 in 12", s.importedMessages, s.importedThreads)
	}
	s.Narrator.Say("%d messages in %d threads from Facebook Messenger are now hers alone: sealed, in her private log.", s.importedMessages, s.importedThreads)
	return nil
}

const groupName = "Allotment No. 9"

func (s *story) chat() error {
	s.Narrator.Type(fmt.Sprintf("coffer group create %q alice bob carol", groupName))
	if _, err := s.alice.run(s.ctx, "", "group", "create", groupName, "bob", "carol"); err != nil {
		return err
	}
	s.group = "#" + groupName
	s.texts = append(s.texts, groupName)
	for round := range 10 {
		for _, turn := range []struct {
			who *person
			to  string
			n   int
		}{{s.alice, "bob", 3}, {s.bob, "alice", 3}, {s.carol, s.group, 4}, {s.alice, s.group, 3}, {s.bob, s.group, 3}} {
			texts := smallTalk(turn.who.name, round, turn.n)
			if err := s.say(turn.who, turn.to, texts); err != nil {
				return err
			}
			s.Narrator.Progress("messages", s.sent, 160)
		}
	}
	photo, err := makePhoto(s.home("sunset.jpg"))
	if err != nil {
		return err
	}
	s.Narrator.Type("coffer send \"#" + groupName + "\" 'the evening we left' --file sunset.jpg")
	if _, err := s.carol.run(s.ctx, "", "send", s.group, "the evening we left", "--file", s.home("sunset.jpg")); err != nil {
		return err
	}
	s.sent++
	s.texts = append(s.texts, "the evening we left", "sunset.jpg", string(photo[len(photo)/2:len(photo)/2+64]))
	s.Narrator.Say("%d messages, one of them a photo of %.1f MB, in a conversation of two and in a group of three.", s.sent, float64(len(photo))/1e6)
	return nil
}

// say sends texts and checks that each was acknowledged.
func (s *story) say(who *person, to string, texts []string) error {
	sent, err := who.send(s.ctx, to, texts...)
	if err != nil {
		return err
	}
	if len(sent) != len(texts) {
		return fmt.Errorf("%s sent %d messages, %d were acknowledged", who.name, len(texts), len(sent))
	}
	for _, m := range sent {
		if m.State != "sent" {
			return fmt.Errorf("%s: a message is %s, not sent", who.name, m.State)
		}
	}
	s.sent += len(texts)
	s.texts = append(s.texts, texts...)
	return nil
}

// kill kills the server while bob is writing. What was acknowledged is there,
// what was not is queued on his device, and nothing is doubled.
func (s *story) kill() error {
	texts := make([]string, 40)
	for i := range texts {
		texts[i] = fmt.Sprintf("row %d of the seed list: %s", i+1, vegetables[i%len(vegetables)])
	}
	s.texts = append(s.texts, texts...)
	done := make(chan error, 1)
	go func() {
		_, err := s.bob.send(s.ctx, s.group, texts...)
		done <- err
	}()
	if err := s.waitForRow(5); err != nil {
		return err
	}
	if err := s.server.kill(); err != nil {
		return err
	}
	s.Narrator.Type("kill -9 cofferd")
	if err := <-done; err != nil && exitCode(err) != 5 {
		return fmt.Errorf("bob's program should say that the server is unreachable (exit 5): %w", err)
	}
	if err := s.server.start(s.ctx); err != nil {
		return err
	}
	s.Narrator.Type("cofferd serve --data server")
	if _, err := s.bob.run(s.ctx, "", "sync"); err != nil {
		return err
	}
	s.sent += len(texts)
	for _, p := range []*person{s.alice, s.bob, s.carol} {
		if _, err := p.run(s.ctx, "", "sync"); err != nil {
			return err
		}
		h, err := p.history(s.ctx, s.group)
		if err != nil {
			return err
		}
		var rows []string
		for _, m := range h {
			if strings.HasPrefix(m.Text, "row ") {
				rows = append(rows, m.Text)
			}
		}
		if strings.Join(rows, "\n") != strings.Join(texts, "\n") {
			return fmt.Errorf("%s sees %d of bob's %d lines, or in another order:\n%s", p.name, len(rows), len(texts), strings.Join(rows, "\n"))
		}
	}
	s.Narrator.Good("all 40 of bob's lines are there once, in his order, on three devices")
	return nil
}

// waitForRow waits until alice can see the n-th of bob's lines.
func (s *story) waitForRow(n int) error {
	for range 200 {
		lines, err := s.alice.run(s.ctx, "", "sync")
		if err != nil {
			return err
		}
		_ = lines
		h, err := s.alice.history(s.ctx, s.group)
		if err != nil {
			return err
		}
		for _, m := range h {
			if strings.HasPrefix(m.Text, fmt.Sprintf("row %d ", n)) {
				return nil
			}
		}
	}
	return errors.New("bob's lines do not arrive")
}

func (s *story) secondThoughts() error {
	h, err := s.alice.history(s.ctx, "bob")
	if err != nil {
		return err
	}
	var mine, his []message
	for _, m := range h {
		if m.Sender.Handle == "alice" {
			mine = append(mine, m)
		} else {
			his = append(his, m)
		}
	}
	if len(mine) < 3 || len(his) < 2 {
		return errors.New("alice and bob have too short a history")
	}
	s.texts = append(s.texts, "see you at seven, not at six", "yes please, with both hands")
	for _, step := range []struct {
		who  *person
		args []string
	}{
		{s.alice, []string{"edit", mine[len(mine)-1].ID, "see you at seven, not at six"}},
		{s.alice, []string{"unsend", mine[len(mine)-2].ID}},
		{s.alice, []string{"send", "bob", "yes please, with both hands", "--reply", his[len(his)-1].ID}},
		{s.alice, []string{"react", his[len(his)-1].ID, "🍅"}},
		{s.bob, []string{"sync"}},
		{s.bob, []string{"react", mine[len(mine)-3].ID, "❤️"}},
		{s.alice, []string{"sync"}},
		{s.alice, []string{"delete", his[len(his)-2].ID}},
	} {
		if step.args[0] != "sync" {
			s.Narrator.Type("coffer " + short(step.args))
		}
		if _, err := step.who.run(s.ctx, "", step.args...); err != nil {
			return err
		}
	}
	s.sent++
	s.Narrator.Say("An edit, an unsend, a reply, two reactions, and one message that alice deletes for herself.")
	return nil
}

// short shows a command with ids as people type them.
func short(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		switch {
		case len(a) == 64:
			out[i] = a[:8]
		case strings.Contains(a, " "):
			out[i] = fmt.Sprintf("%q", a)
		default:
			out[i] = a
		}
	}
	return strings.Join(out, " ")
}

func (s *story) loseDevice() error {
	var err error
	if s.before, err = s.alice.everything(s.ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(s.alice.home); err != nil {
		return err
	}
	s.Narrator.Type("rm -rf alice-phone")
	s.Narrator.Say("%d messages in %d conversations were on it. Her keys are gone, too.", count(s.before), len(s.before))
	return nil
}

func (s *story) writeWhileAway() error {
	s.expectedWhileAway = []string{
		"alice, where are you?", "the frost is coming, I covered your beans", "call me when you have a phone again 📵",
	}
	if err := s.say(s.bob, "alice", s.expectedWhileAway); err != nil {
		return err
	}
	if err := s.say(s.carol, "alice", []string{"we never wrote to each other alone, did we? get well soon"}); err != nil {
		return err
	}
	if err := s.say(s.carol, s.group, []string{"alice has no phone at all, poor thing"}); err != nil {
		return err
	}
	s.Narrator.Say("He sees them as sent, although she has no device at all. Carol even begins a new conversation with her.")
	return nil
}
