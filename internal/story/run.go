package story

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Options say how to tell the story.
type Options struct {
	// Programs is the folder with the built coffer and cofferd.
	Programs string
	// Export is the Facebook Messenger export that alice imports.
	Export string
	// Keep leaves the story's folder behind.
	Keep bool
	// Narrator says what happens.
	Narrator *Narrator
}

// story is one telling.
type story struct {
	Options
	ctx               context.Context
	dir               string
	server            *server
	alice, bob, carol *person
	before            map[string][]message // alice's histories when she lost her device
	texts             []string             // every text, name and secret of the story
	pin, password     string
	codeFile          string
	group             string
	sent              int
	importedThreads   int
	importedMessages  int
	restoredByPIN     restored
	restoredByCode    restored
	expectedWhileAway []string
}

// Run tells the story and returns the folder it took place in, which is gone
// unless Keep is set. Any difference between what was and what came back is an
// error.
func Run(ctx context.Context, o Options) (dir string, err error) {
	dir, err = os.MkdirTemp("", "coffer-demo-")
	if err != nil {
		return "", err
	}
	s := &story{Options: o, ctx: ctx, dir: dir, before: map[string][]message{}, pin: "teapot-81", password: "correct horse battery staple"}
	defer func() {
		s.server.stop()
		if !o.Keep {
			if e := os.RemoveAll(dir); err == nil {
				err = e
			}
		}
	}()
	start := time.Now()
	for _, chapter := range []struct {
		title string
		tell  func() error
	}{
		{"A server of their own", s.serve},
		{"Three people, three devices", s.register},
		{"Two ways back in", s.waysBack},
		{"An old life comes along", s.importExport},
		{"They chat", s.chat},
		{"The server dies in the middle", s.kill},
		{"Second thoughts", s.secondThoughts},
		{"Alice loses her only device", s.loseDevice},
		{"Bob writes to nobody", s.writeWhileAway},
		{"A new phone, and a PIN", s.restoreWithPIN},
		{"Another one, and a code on paper", s.restoreWithCode},
		{"What the server knows", s.disclose},
	} {
		o.Narrator.Chapter(chapter.title)
		if err := chapter.tell(); err != nil {
			return dir, fmt.Errorf("%s: %w", chapter.title, err)
		}
	}
	o.Narrator.Chapter("The end")
	o.Narrator.Say("Everything came back, twice, and nothing of it can be read on the server. It took %.0f seconds.", time.Since(start).Seconds())
	s.whatNext()
	return dir, nil
}

func (s *story) whatNext() {
	n := s.Narrator
	n.Say("Try it yourself:")
	n.Type("bin/cofferd serve --data ./data")
	n.Type("bin/coffer register YOURNAME --server http://127.0.0.1:8420")
	n.Type("bin/coffer recovery add code")
	if s.Keep {
		n.Say("The story's folder is %s; alice's device is at %s.", s.dir, s.alice.home)
	}
}

// home returns the folder of a device.
func (s *story) home(name string) string { return filepath.Join(s.dir, name) }
