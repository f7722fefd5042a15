package messenger

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Export is an opened export. It is not safe for concurrent use.
type Export struct {
	fsys     fs.FS
	roots    []string // the folders that uris may be relative to
	messages []string // the folders of threadFolders
	threads  []Thread
	problems []Problem
	dropped  int
	profile  string
	folders  map[string]bool // folders known not to be links
}

// folders of an export's messages folder that hold conversations.
var threadFolders = []string{"inbox", "archived_threads", "e2ee_cutover", "filtered_threads", "message_requests"}

// Open finds the export in fsys, at its top or up to three folders below (or
// above: fsys may be the messages folder or the one that holds it), and
// reads every thread's title and participants. It fails with ErrNoExport if
// there is none. Damaged files are no error: see Problems. An export that comes
// in parts is read as one if they lie side by side.
func Open(fsys fs.FS) (*Export, error) {
	e := &Export{fsys: fsys, folders: map[string]bool{".": true}}
	found, err := e.findMessages(".", 0)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, ErrNoExport
	}
	e.messages = found
	for _, dir := range found {
		e.roots = append(e.roots, exportRoot(dir))
		for _, name := range threadFolders {
			if err := e.openFolder(path.Join(dir, name), name); err != nil {
				return nil, err
			}
		}
	}
	if len(e.threads) == 0 && len(e.problems) == 0 {
		return nil, ErrNoExport
	}
	slices.SortStableFunc(e.threads, func(a, b Thread) int { return strings.Compare(a.ID, b.ID) })
	e.readProfile()
	return e, nil
}

// findMessages returns the folders called messages below dir.
func (e *Export) findMessages(dir string, depth int) ([]string, error) {
	entries, err := fs.ReadDir(e.fsys, dir)
	if err != nil {
		if dir == "." {
			return nil, fmt.Errorf("messenger: reading the export: %w", err)
		}
		e.problem(dir, err)
		return nil, nil
	}
	var out []string
	for _, d := range entries {
		if !d.IsDir() {
			continue
		}
		if dir == "." && d.Name() == "inbox" {
			return []string{"."}, nil // the caller opened messages itself
		}
		sub := path.Join(dir, d.Name())
		if d.Name() == "messages" {
			out = append(out, sub)
		} else if depth < 3 {
			found, err := e.findMessages(sub, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
	}
	return out, nil
}

// exportRoot is what uris are relative to: the folder of messages, or the one
// above where newer exports keep messages with the rest of the activity.
func exportRoot(messages string) string {
	dir := path.Dir(messages)
	if base := path.Base(dir); strings.HasPrefix(base, "your_") {
		return path.Dir(dir)
	}
	return dir
}

func (e *Export) openFolder(dir, folder string) error {
	entries, err := fs.ReadDir(e.fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		e.problem(dir, err)
		return nil
	}
	for _, d := range entries {
		if !d.IsDir() {
			continue
		}
		if len(e.threads) == MaxThreads {
			return fmt.Errorf("%w: threads", ErrLimit)
		}
		e.openThread(path.Join(dir, d.Name()), folder)
	}
	return nil
}

// openThread lists a thread's files and reads the head of one.
func (e *Export) openThread(dir, folder string) {
	files := e.threadFiles(dir)
	// Every file repeats title and participants; the newest is right.
	for _, f := range slices.Backward(files) {
		h, err := e.readHead(f)
		if err != nil {
			e.problem(f, err)
			continue
		}
		t := Thread{ID: threadID(path.Base(dir)), Folder: folder, Title: h.title, Participants: h.participants, files: files}
		if h.group || len(h.participants) > 2 {
			t.Kind = Group
		}
		e.threads = append(e.threads, t)
		return
	}
}

// threadFiles returns message_N.json of a folder, the highest N first, because
// that is the oldest.
func (e *Export) threadFiles(dir string) []string {
	entries, err := fs.ReadDir(e.fsys, dir)
	if err != nil {
		e.problem(dir, err)
		return nil
	}
	numbers := map[string]int{}
	var files []string
	for _, d := range entries {
		digits, ok := strings.CutPrefix(d.Name(), "message_")
		digits, isJSON := strings.CutSuffix(digits, ".json")
		n, err := strconv.Atoi(digits)
		if !ok || !isJSON || err != nil || n < 0 || !d.Type().IsRegular() {
			continue
		}
		f := path.Join(dir, d.Name())
		numbers[f] = n
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b string) int { return numbers[b] - numbers[a] })
	if len(files) > MaxFilesPerThread {
		e.problem(dir, fmt.Errorf("%w: message files", ErrLimit))
		files = files[len(files)-MaxFilesPerThread:]
	}
	return files
}

// threadID returns what stays the same of a thread's folder name when the thread
// is renamed: the part behind the last underscore.
func threadID(name string) string {
	if i := strings.LastIndexByte(name, '_'); i >= 0 && len(name)-i-1 >= 8 {
		return name[i+1:]
	}
	return name
}

// Threads returns the conversations, sorted by ID. Where exports lie side by
// side, an ID may be there more than once: it is one conversation. The slice
// must not be modified.
func (e *Export) Threads() []Thread { return e.threads }

// Problems returns what could not be read so far, at most 1,000, and how many
// more there were.
func (e *Export) Problems() (problems []Problem, more int) { return e.problems, e.dropped }

func (e *Export) problem(path string, err error) {
	if len(e.problems) == maxProblems {
		e.dropped++
		return
	}
	e.problems = append(e.problems, Problem{path, err})
}
