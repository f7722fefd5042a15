package disclose

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
)

const (
	pageWidth  = 100
	labelWidth = 22
	// maxNames is how many participants of a conversation are named in a line.
	maxNames = 8
)

// WritePage writes the disclosure as a page for people. It leaves out what only
// repeats itself: single entries of logs, and ids in full.
func (d *Disclosure) WritePage(w io.Writer) error {
	p := &page{}
	p.line("Everything this server holds about %s, as of %s UTC. No content, no key that opens content, is in it.", d.Handle, moment(d.AsOf))
	p.identity(d)
	p.closing(d)
	p.resets(d)
	p.chain(d)
	p.access(d)
	p.devices(d)
	p.conversations(d)
	p.around(d)
	p.summary(d)
	_, err := io.WriteString(w, printable(p.b.String()))
	return err
}

// printable keeps what came from other people's programs from steering a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// page collects lines.
type page struct {
	b     strings.Builder
	empty bool // the section before had nothing in it
}

func (p *page) line(format string, args ...any) {
	p.b.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " "))
	p.b.WriteByte('\n')
}

// section begins a section. It reports whether there is anything in it.
func section[T any](p *page, title string, s *Section[T]) bool {
	if !p.empty || s.Count > 0 {
		p.line("")
	}
	if p.empty = s.Count == 0; p.empty {
		p.line("%-*s none", labelWidth+2, title)
		return false
	}
	amount := count(s.Count, "item")
	if s.Bytes > 0 {
		amount += ", " + bytes(s.Bytes)
	}
	p.line("%-*s %s", labelWidth+2, title, amount)
	p.wrapped("Reveals: " + s.Reveals)
	return true
}

// row writes a label and what belongs to it.
func (p *page) row(label, format string, args ...any) {
	p.line("  %-*s %s", labelWidth, label, fmt.Sprintf(format, args...))
}

// wrapped writes a sentence, indented, at most pageWidth wide.
func (p *page) wrapped(text string) {
	line := " "
	for _, word := range strings.Fields(text) {
		if len([]rune(line))+1+len([]rune(word)) > pageWidth && line != " " {
			p.line("%s", line)
			line = " "
		}
		line += " " + word
	}
	p.line("%s", line)
}

func (p *page) identity(d *Disclosure) {
	section(p, "Account", &d.Identity)
	for _, i := range d.Identity.List {
		p.row("handle", "%s, claimed %s", i.Handle, moment(i.Claimed))
		if i.Registered.IsZero() {
			p.row("registration", "begun, never finished")
		} else {
			p.row("registered", "%s at %s", moment(i.Registered), d.Host)
		}
	}
	p.row("account", "%s", d.Account)
}

func (p *page) chain(d *Disclosure) {
	if section(p, "Account chain", &d.Chain) {
		for _, e := range d.Chain.List {
			p.row(moment(e.Time), "%s", e.Reveals)
		}
	}
	if section(p, "Devices and ways back", &d.Keyholders) {
		for _, k := range d.Keyholders.List {
			state := "since " + moment(k.Added)
			if !k.Removed.IsZero() {
				state += ", removed " + moment(k.Removed) + " as " + k.Reason
			}
			if len(k.Realms) > 0 {
				state += fmt.Sprintf(", %d of %d realms", k.Threshold, len(k.Realms))
			}
			p.row(k.Kind+" "+short(k.ID), "%s; name encrypted", state)
		}
	}
	if section(p, "Sealed vault roots", &d.SealedRoots) {
		p.row("sealed to", "%s", strings.Join(d.sealedTo(), ", "))
	}
}

// sealedTo names keyholders with how many roots are sealed to each.
func (d *Disclosure) sealedTo() (out []string) {
	n := map[string]int{}
	var order []string
	for _, r := range d.SealedRoots.List {
		if n[r.Keyholder]++; n[r.Keyholder] == 1 {
			order = append(order, r.Keyholder)
		}
	}
	for _, id := range order {
		out = append(out, fmt.Sprintf("%s (%d)", short(id), n[id]))
	}
	return out
}

func (p *page) access(d *Disclosure) {
	if section(p, "Open sessions", &d.Sessions) {
		for _, s := range d.Sessions.List {
			who := "device " + short(s.Keyholder)
			switch {
			case s.Keyholder == "":
				who = "by password"
			case s.Recovery:
				who = "recovery " + short(s.Keyholder)
			}
			p.row(who, "%s to %s", moment(s.Opened), moment(s.Expires))
		}
	}
	section(p, "Recent sign-ins", &d.SignIns)
	if section(p, "Linking of devices", &d.Links) {
		for _, l := range d.Links.List {
			p.row("device "+short(l.Device), "%s to %s, %s", moment(l.Opened), moment(l.Expires), count(l.Boxes, "message"))
		}
	}
	if section(p, "Push subscriptions", &d.PushSubscriptions) {
		for _, s := range d.PushSubscriptions.List {
			p.row("device "+short(s.Device), "woken through %s", s.service())
		}
	}
	if section(p, "Reports", &d.Reports) {
		for _, r := range d.Reports.List {
			p.row("report "+short(r.ID), "filed %s", moment(r.Filed))
		}
	}
	if section(p, "Sign-in password", &d.Password) {
		for _, s := range d.Password.List {
			p.row("set", "%s, stretched with %s", moment(s.Set), s.Stretched)
		}
	}
	if section(p, "PIN records", &d.PINRecords) {
		for _, r := range d.PINRecords.List {
			p.row("PIN "+short(r.Keyholder), "%d of %d realms: %s", r.Threshold, len(r.Realms), strings.Join(r.Realms, " "))
		}
	}
	if section(p, "Halves of cloud keys", &d.CloudRecords) {
		for _, r := range d.CloudRecords.List {
			wants := "alone"
			if r.Password {
				wants = "with the password"
			}
			p.row("cloud key "+short(r.Keyholder), "handed out to who has the other half, %s", wants)
		}
	}
	if section(p, "Realms in this server", &d.Realms) {
		for _, r := range d.Realms.List {
			p.row("database", "%s", r.Folder)
		}
	}
}

func (p *page) devices(d *Disclosure) {
	if section(p, "Key packages", &d.KeyPackages) {
		for _, k := range d.KeyPackages.List {
			p.row("device "+short(k.Device), "%d of cipher suite %#04x (%d of last resort), %s", k.Count, k.Suite, k.LastResort, bytes(k.Bytes))
		}
	}
	if section(p, "Private log", &d.PrivateLog) {
		list := d.PrivateLog.List
		by := map[string]int{}
		var order []string
		for _, e := range list {
			if by[e.Device]++; by[e.Device] == 1 {
				order = append(order, e.Device)
			}
		}
		p.row("written", "%s to %s", moment(list[0].Time), moment(list[len(list)-1].Time))
		for _, id := range order {
			p.row("device "+short(id), "%s", entries(by[id]))
		}
	}
}

func (p *page) conversations(d *Disclosure) {
	if !section(p, "Conversations", &d.Conversations) {
		return
	}
	for i := range d.Conversations.List {
		p.conversation(&d.Conversations.List[i])
	}
}

func (p *page) conversation(c *Conversation) {
	p.line("")
	p.row(strings.TrimSpace(c.Kind+" "+short(c.ID)), "with %s", c.names())
	state := "since " + moment(c.Joined)
	if !c.Left.IsZero() {
		state += ", left " + moment(c.Left)
	}
	if !c.Removed.IsZero() {
		state += ", removed " + moment(c.Removed)
	}
	p.row("", "%s %s; %s in the group", c.Role, state, count(len(c.Devices), "device"))
	if o := &c.Posted; o.Count > 0 {
		p.row("", "posted %s of %d, %s, %s to %s", entries(o.Count), c.Entries, bytes(o.Bytes), moment(o.First), moment(o.Last))
		p.row("", "of these %s", o.kinds())
	} else {
		p.row("", "posted none of %s", entries(int(c.Entries)))
	}
	p.row("", "%s, %s, encrypted; %s", count(c.Deposits.Count, "deposit"), bytes(c.Deposits.Bytes), count(c.Welcomes.Count, "waiting Welcome"))
	if len(c.Released) > 0 {
		p.row("", "%s released as deleted for this person", entries(len(c.Released)))
	}
	if len(c.Stored) > 0 {
		p.row("", "%d devices said up to where they have it", len(c.Stored))
	}
	if c.ReadMark > 0 {
		p.row("", "a mark up to where this person has read, %s, encrypted", bytes(c.ReadMark))
	}
}

// kinds says what was posted.
func (o *Posted) kinds() string {
	out := []string{count(o.Messages, "message")}
	for _, k := range []struct {
		n    int
		word string
	}{{o.Edits, "edit"}, {o.Unsends, "unsend"}, {o.Infos, "info"}, {o.Commits, "commit"}} {
		if k.n > 0 {
			out = append(out, count(k.n, k.word))
		}
	}
	return fmt.Sprintf("%s; %d erased, %d set to expire", strings.Join(out, ", "), o.Erased, o.Expiring)
}

// names are those of the others, who left last.
func (c *Conversation) names() string {
	var out []string
	for _, p := range c.With {
		name := p.Handle
		if name == "" {
			name = short(p.Account)
		}
		if !p.Present {
			name += " (gone)"
		}
		out = append(out, name)
	}
	switch slices.Sort(out); {
	case len(out) == 0:
		return "nobody else"
	case len(out) > maxNames:
		return fmt.Sprintf("%s and %d more", strings.Join(out[:maxNames], ", "), len(out)-maxNames)
	}
	return strings.Join(out, ", ")
}

func (p *page) around(d *Disclosure) {
	if section(p, "Invitations", &d.Invitations) {
		for _, i := range d.Invitations.List {
			p.row("made", "%s", moment(i.Created))
		}
	}
	if section(p, "Waiting wake-ups", &d.WakeUps) {
		for _, w := range d.WakeUps.List {
			p.row(strings.TrimSpace("about "+short(w.Conversation)), "not passed on yet")
		}
	}
	p.line("")
	p.line("Attachments")
	for _, a := range d.Attachments.List {
		p.row("of all people", "%s, %s", count(a.Files, "file"), bytes(a.Bytes))
	}
	p.wrapped(d.Attachments.Reveals)
}

func (p *page) summary(d *Disclosure) {
	posted := 0
	for _, c := range d.Conversations.List {
		posted += c.Posted.Count
	}
	p.line("")
	p.line("In all %s, times in UTC: %s, %s posted, %s of the chain, %s of the private log.", bytes(d.Bytes),
		count(d.Conversations.Count, "conversation"), entries(posted), entries(d.Chain.Count), entries(d.PrivateLog.Count))
	p.line("What is not here, and cannot be handed over:")
	for _, text := range d.NotHeld {
		p.wrapped("- " + text)
	}
}

// short is what of an id stands on the page.
func short(id string) string { return id[:min(len(id), 8)] }

func moment(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

func bytes(n int64) string {
	switch {
	case n < 1000:
		return count(int(n), "byte")
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}
