package itest

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/store"
)

// benchCache names a folder that keeps the histories that BenchmarkRestore
// restores, so that they are made once. It is to be emptied when a format has
// changed.
const benchCache = "COFFER_BENCH_CACHE"

// BenchmarkRestore restores histories on a fresh device with the recovery code,
// into the sealed store with its search index: with every message's signature
// verified (full), and after another device has written checkpoints of it all
// (checkpoints). 100,000 messages; with COFFER_BENCH_MILLION set also 1,000,000
// of 300 conversations in 20,000 MLS epochs. The server is the real cofferd, in a
// process of its own on the same cores, its processor time told apart. Floors,
// measured in the same run:
//
//   - store: the restored pages, index included, written from memory into the
//     same kind of store;
//   - floor: besides that, one deposit opened for each MLS epoch, on all cores;
//   - verify: besides that, one signature verified for each message.
//
// Ratios come by the clock and by the time of the processors (cpu), which says
// the same on a machine that is busy with other things.
func BenchmarkRestore(b *testing.B) {
	if testing.Short() {
		b.Skip("not run: -short")
	}
	// Both as coffer restore does.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(208 << 20))
	list := []history{{conversations: 30, epochs: 67, perEpoch: 50}}
	if os.Getenv("COFFER_BENCH_MILLION") != "" {
		list = append(list, history{conversations: 300, epochs: 67, perEpoch: 50})
	}
	for _, h := range list {
		b.Run(fmt.Sprint(h.messages()), func(b *testing.B) {
			program := buildCofferd(b)
			x := &restoring{benchServer: &benchServer{tb: b, ctx: b.Context()}, history: h}
			dir := b.TempDir()
			x.code = keptHistory(b, h, dir)
			x.server = startCofferd(b, program, dir)
			x.url = x.server.url
			for _, relying := range []bool{false, true} {
				b.Run(map[bool]string{false: "full", true: "checkpoints"}[relying], func(b *testing.B) {
					x.tb = b
					x.run(b, relying)
				})
			}
		})
	}
}

// keptHistory puts a server's folder with a history into dir and returns the
// reader's recovery code.
func keptHistory(b *testing.B, h history, dir string) (code string) {
	b.Helper()
	const codeFile = "reader-code"
	kind := "history"
	if h.lines {
		kind = "days" // of lines
	}
	from := b.TempDir()
	if cache := os.Getenv(benchCache); cache != "" {
		from = filepath.Join(cache, fmt.Sprintf("%s-%d-%d-%d", kind, h.conversations, h.epochs, h.perEpoch))
	}
	if _, err := os.Stat(filepath.Join(from, codeFile)); err != nil {
		if err := os.MkdirAll(from, 0o700); err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		w, stop := openBenchServer(b, from)
		code := w.makeHistory("reader", h)
		stop()
		if err := os.WriteFile(filepath.Join(from, codeFile), []byte(code), 0o600); err != nil {
			b.Fatal(err)
		}
		b.Logf("%d messages of %d conversations in %d MLS epochs, made in %.1f s", h.messages(), h.conversations,
			h.conversations*h.epochs, time.Since(start).Seconds())
	}
	read, err := os.ReadFile(filepath.Join(from, codeFile))
	if err == nil {
		err = copyFolder(dir, from)
	}
	if err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	debug.FreeOSMemory()
	return string(read)
}

// copyFolder copies a folder into one that is there.
func copyFolder(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), data, 0o600)
	})
}

// restoring is a history at a server that is restored again and again.
type restoring struct {
	*benchServer
	history
	server *cofferd
	code   string
	// left is the device that was restored last, whose checkpoints stand.
	left string
}

// effort is time on the clock and of the processors: this process's, and the
// server's apart.
type effort struct{ clock, cpu, server time.Duration }

// measure adds what f takes.
func (x *effort) measure(server *cofferd, f func()) {
	start, cpu, served := time.Now(), cpuTime(), time.Duration(0)
	part := "floor"
	if server != nil {
		part, served = "restore", server.cpu()
	}
	labelled(part, f)
	x.clock += time.Since(start)
	x.cpu += cpuTime() - cpu
	if server != nil {
		x.server += server.cpu() - served
	}
}

// labelled runs f so that a profile can tell it from the rest: -tagfocus part=restore.
func labelled(part string, f func()) {
	pprof.Do(context.Background(), pprof.Labels("part", part), func(context.Context) { f() })
}

// restoreOn restores the reader's account.
func (x *restoring) restoreOn(ctx context.Context, e *client.Engine, all bool) (*client.Restored, error) {
	return e.Restore(ctx, client.RestoreOptions{Server: x.url, Handle: "reader", Code: x.code, WaitAll: all})
}

// whole restores everything on a fresh device and checks that it is everything.
func (x *restoring) whole(s store.Store) (e *client.Engine, first time.Duration) {
	x.tb.Helper()
	e = x.engine(s)
	r, err := x.restoreOn(x.ctx, e, true)
	x.must(err)
	if !r.Intact() || r.Messages != int64(x.messages()) {
		x.tb.Fatalf("%d of %d messages, %d expected; gaps %v", r.Messages, x.messages(), r.Expected, r.Gaps)
	}
	who, err := e.Whoami(x.ctx)
	x.must(err)
	x.left = who.Device
	return e, r.FirstPage
}

// prepare sees to it that there are checkpoints, or none that count.
func (x *restoring) prepare(relying bool) {
	x.tb.Helper()
	switch {
	case relying && x.left == "":
		e, _ := x.whole(x.sealedStore())
		e.Close()
	case !relying && x.left != "":
		e := x.engine(x.sealedStore())
		defer e.Close()
		_, err := x.restoreOn(x.ctx, e, false)
		x.must(err)
		x.must(e.RemoveCompromised(x.ctx, []string{x.left}))
		x.left = ""
	}
}

func (x *restoring) run(b *testing.B, relying bool) {
	var took, storing, writing, deposits, signatures, crashed effort
	var first, again time.Duration
	var peak float64
	var found, tidied searches
	rounds := 0
	for b.Loop() {
		b.StopTimer()
		x.prepare(relying)
		s := x.sealedStore()
		forgetPeak()
		b.StartTimer()
		var e *client.Engine
		took.measure(x.server, func() {
			var page time.Duration
			e, page = x.whole(s)
			first += page
		})
		b.StopTimer()
		peak = max(peak, peakMiB(b))
		found.add(x.search(e))
		e.Close()
		x.storeFloor(s, &storing)
		x.writeFloor(s, &writing)
		depositFloor(b, x.history, &deposits)
		signatureFloor(b, x.history, &signatures)
		tidied.add(x.tidied(s))
		if relying {
			again += x.resume(b)
			x.afterCrash(b, &crashed)
		}
		rounds++
		b.StartTimer()
	}
	n := float64(x.messages() * rounds)
	per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 / n }
	b.ReportMetric(n/took.clock.Seconds(), "messages/s")
	b.ReportMetric(per(took.cpu), "cpu-us/message")
	b.ReportMetric(per(took.server), "server-cpu-us/message")
	b.ReportMetric(per(storing.cpu), "store-cpu-us/message")
	b.ReportMetric(took.clock.Seconds()/storing.clock.Seconds(), "x-store")
	b.ReportMetric(took.cpu.Seconds()/storing.cpu.Seconds(), "cpu-x-store")
	b.ReportMetric(took.clock.Seconds()/writing.clock.Seconds(), "x-write")
	b.ReportMetric(took.cpu.Seconds()/writing.cpu.Seconds(), "cpu-x-write")
	b.ReportMetric(took.clock.Seconds()/(writing.clock+deposits.clock).Seconds(), "x-floor")
	b.ReportMetric(took.cpu.Seconds()/(writing.cpu+deposits.cpu).Seconds(), "cpu-x-floor")
	if !relying {
		b.ReportMetric(took.clock.Seconds()/(storing.clock+deposits.clock+signatures.clock).Seconds(), "x-verify")
		b.ReportMetric(took.cpu.Seconds()/(storing.cpu+deposits.cpu+signatures.cpu).Seconds(), "cpu-x-verify")
	} else {
		b.ReportMetric(ms(again)/float64(rounds), "resume-ms")
		b.ReportMetric(ms(crashed.clock)/float64(rounds), "crashed-search-ms")
		b.ReportMetric(ms(crashed.cpu)/float64(rounds), "crashed-search-cpu-ms")
	}
	b.ReportMetric(ms(first)/float64(rounds), "first-page-ms")
	if peak > 0 {
		b.ReportMetric(peak, "peak-rss-MiB")
	}
	b.ReportMetric(p99(found.clock), "search-p99-ms")
	b.ReportMetric(p99(found.cpu), "search-p99-cpu-ms")
	b.ReportMetric(p99(tidied.clock), "search-tidied-p99-ms")
	b.ReportMetric(p99(tidied.cpu), "search-tidied-p99-cpu-ms")
	b.ReportMetric(0, "ns/op")
}

// cutShort restores so many conversations into a new store and no more.
func (x *restoring) cutShort(b *testing.B, conversations int) store.Store {
	b.Helper()
	s := x.sealedStore()
	ctx, cut := context.WithCancel(x.ctx)
	defer cut()
	e := x.engineThat(s, func(p client.Progress) {
		if p.Task == "conversations" && p.Done == int64(conversations) {
			cut()
		}
	})
	defer e.Close()
	if _, err := x.restoreOn(ctx, e, true); err == nil {
		b.Fatal("the restore could not be cut short")
	}
	return s
}

// resume cuts a restore short half-way and returns how long it takes, from the
// opening of the device, until it goes on with a conversation that was not there.
func (x *restoring) resume(b *testing.B) (took time.Duration) {
	half := x.conversations / 2
	s := x.cutShort(b, half)
	labelled("resume", func() {
		start := time.Now()
		e := x.engineThat(s, func(p client.Progress) {
			if p.Task == "conversations" && p.Done > int64(half) && took == 0 {
				took = time.Since(start)
			}
		})
		defer e.Close()
		_, err := x.restoreOn(x.ctx, e, true)
		x.must(err)
	})
	return took
}

// afterCrash cuts a restore short where as much as can be is stored and not indexed, and
// returns how long the first search of the next program takes.
func (x *restoring) afterCrash(b *testing.B, e *effort) {
	const gathered = 80 << 10 // as the engine has it
	perConversation := x.epochs * x.perEpoch
	s := x.cutShort(b, min(x.conversations-1, gathered/perConversation))
	e.measure(nil, func() {
		d := x.engine(s)
		defer d.Close()
		_, err := d.Search(x.ctx, []string{newWords(7)()}, "")
		x.must(err)
	})
}

// p99 is the 99th percentile.
func p99(took []time.Duration) float64 {
	slices.Sort(took)
	return ms(took[len(took)*99/100])
}

// searches is how long each of many searches took, on the clock and of the
// processors.
type searches struct{ clock, cpu []time.Duration }

func (s *searches) add(t searches) {
	s.clock, s.cpu = append(s.clock, t.clock...), append(s.cpu, t.cpu...)
}

// tidied is search after some syncs, which compact the index.
func (x *restoring) tidied(s store.Store) searches {
	x.tb.Helper()
	e := x.engine(s)
	defer e.Close()
	for range 4 + x.conversations/8 {
		_, err := e.Sync(x.ctx)
		x.must(err)
	}
	return x.search(e)
}

// search asks for two words, 200 times, and shows what was found.
func (x *restoring) search(e *client.Engine) (took searches) {
	x.tb.Helper()
	word := newWords(7)
	for range 200 {
		words := []string{word(), word()}
		start, cpu := time.Now(), cpuTime()
		labelled("search", func() {
			_, err := e.Search(x.ctx, words, "")
			x.must(err)
		})
		took.clock = append(took.clock, time.Since(start))
		took.cpu = append(took.cpu, cpuTime()-cpu)
	}
	return took
}
