package story

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// server is a running cofferd.
type server struct {
	program, data, listen string
	url                   string
	log                   *os.File
	cmd                   *exec.Cmd
}

// start starts cofferd and waits for its ready line.
func (s *server) start(ctx context.Context) error {
	if s.log == nil {
		f, err := os.OpenFile(filepath.Join(filepath.Dir(s.data), "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		s.log = f
	}
	s.cmd = exec.CommandContext(ctx, s.program, "serve", "--data", s.data, "--listen", s.listen)
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		return fmt.Errorf("starting cofferd: %w", err)
	}
	ready := make(chan string, 1)
	go func() {
		in := bufio.NewScanner(out)
		for in.Scan() {
			if url, ok := strings.CutPrefix(in.Text(), "ready "); ok {
				ready <- url
			}
		}
		close(ready)
	}()
	select {
	case url, ok := <-ready:
		if !ok {
			return fmt.Errorf("cofferd ended before it was ready: %w", errors.Join(s.cmd.Wait(), s.tail()))
		}
		s.url = url
		s.listen = strings.TrimPrefix(url, "http://") // the same port after a restart
		return nil
	case <-time.After(30 * time.Second):
		return errors.New("cofferd was not ready within 30 s")
	}
}

// tail returns the end of the server's log as an error.
func (s *server) tail() error {
	b, err := os.ReadFile(s.log.Name())
	if err != nil {
		return err
	}
	return errors.New(string(b[max(0, len(b)-2000):]))
}

// kill ends the server as a power cut would.
func (s *server) kill() error {
	if err := s.cmd.Process.Kill(); err != nil {
		return err
	}
	s.cmd.Wait() // its outcome is that it was killed
	return nil
}

// stop ends the server for good.
func (s *server) stop() {
	if s == nil || s.cmd == nil {
		return
	}
	if s.cmd.ProcessState == nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
	}
	s.log.Close()
}
