package client

import (
	"fmt"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
)

// say sets what a check found, in a form that can be translated.
func (c *Check) say(format string, args ...any) {
	c.Detail, c.Form, c.Values = fmt.Sprintf(format, args...), format, fault.Values(args)
}

// What is one thing in an English sentence, and a bare value to a translation:

// counted is a number of things, and that number.
type counted struct {
	n    int
	what string
}

func (c counted) String() string { return plural(c.n, c.what) }

// Value returns the number.
func (c counted) Value() string { return itoa(c.n) }

// witnessed is how many realms vouch for a head.
type witnessed int

func (w witnessed) String() string { return confirmedBy(int(w)) }

// Value returns the number.
func (w witnessed) Value() string { return itoa(int(w)) }

// aged is how old something is, roughly.
type aged time.Duration

func (a aged) String() string { return ageText(time.Duration(a)) }

// Value returns the same as one number and one unit, such as 3d.
func (a aged) Value() string {
	switch d := time.Duration(a); {
	case d >= 2*day:
		return itoa(int(d/day)) + "d"
	case d >= 2*time.Hour:
		return itoa(int(d/time.Hour)) + "h"
	default:
		return itoa(max(int(d/time.Minute), 0)) + "m"
	}
}

// lasting is a length of time, exactly.
type lasting time.Duration

func (l lasting) String() string { return time.Duration(l).String() }

// Value returns it in seconds.
func (l lasting) Value() string { return itoa(int(time.Duration(l)/time.Second)) + "s" }

// onDay is a day in a sentence.
type onDay time.Time

func (d onDay) String() string { return time.Time(d).UTC().Format("2 January 2006") }

// Value returns the moment.
func (d onDay) Value() string { return time.Time(d).UTC().Format(time.RFC3339) }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return itoa(n) + " " + what + "s"
}
