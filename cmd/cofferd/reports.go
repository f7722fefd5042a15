package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/internal/plain"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

// defaultKeepReports is after how many days reports are erased.
const defaultKeepReports = 180

func reportsCommand(stdout io.Writer) *cobra.Command {
	c := &cobra.Command{
		Use:   "reports",
		Short: "What people have reported, for moderators",
		Long: `What people have reported, for moderators.

Somebody in a conversation chose to show you messages of it. You see those that
verify: that this account sent exactly this, to this conversation, at this time. Who
reports cannot make up or alter a message, but can leave messages out. Nothing else
becomes readable by a report.

It works while the server runs and when it does not.`,
		Example: `  cofferd reports list --data /var/lib/coffer
  cofferd reports show 5eed1d42 --data /var/lib/coffer
  cofferd reports save 5eed1d42 --to ./evidence --data /var/lib/coffer
  cofferd reports close 5eed1d42 --data /var/lib/coffer`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(reportsListCommand(stdout), reportsShowCommand(stdout), reportsSaveCommand(stdout), reportsCloseCommand(stdout))
	return c
}

// reportID is what is accepted of an id: at least four of its digits.
var reportID = regexp.MustCompile(`^[0-9a-f]{4,32}$`)

// oneReport checks the arguments of a command about one report.
func oneReport(args []string, data string) error {
	switch {
	case len(args) != 1 || !reportID.MatchString(args[0]):
		return usagef("give the id of one report, or its first four digits or more; cofferd reports list shows them")
	case data == "":
		return usagef("--data says where the server keeps everything")
	}
	return nil
}

func reportsListCommand(stdout io.Writer) *cobra.Command {
	var data string
	var asJSON bool
	c := &cobra.Command{
		Use:   "list --data DIR",
		Short: "List the reports, the oldest first",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if data == "" {
				return usagef("--data says where the server keeps everything")
			}
			return withReports(cmd.Context(), data, false, func(ctx context.Context, db *sqlstore.DB) error {
				list, err := server.ListReports(ctx, db)
				if err != nil {
					return err
				}
				if asJSON {
					for _, r := range list {
						if err := printJSON(stdout, listedForm(r)); err != nil {
							return err
						}
					}
					return nil
				}
				for _, r := range list {
					if _, err := fmt.Fprintf(stdout, "%s  %s  %s\n", r.ID[:8], minute(r.Filed), who(r.Handle, r.By.String())); err != nil {
						return err
					}
				}
				if len(list) == 0 {
					_, err = fmt.Fprintln(stdout, "nothing has been reported")
				}
				return err
			})
		},
	}
	dataFlag(c, &data)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON objects, one a line")
	return c
}

func reportsShowCommand(stdout io.Writer) *cobra.Command {
	var data string
	var asJSON bool
	c := &cobra.Command{
		Use:   "show ID --data DIR",
		Short: "Show a report: what of it verifies",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneReport(args, data); err != nil {
				return err
			}
			return withReports(cmd.Context(), data, false, func(ctx context.Context, db *sqlstore.DB) error {
				r, err := server.ReviewReport(ctx, db, args[0])
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(stdout, reviewedForm(r))
				}
				_, err = io.WriteString(stdout, reportPage(r))
				return err
			})
		},
	}
	dataFlag(c, &data)
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return c
}

func reportsCloseCommand(stdout io.Writer) *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "close ID --data DIR",
		Short: "Erase a report that has been dealt with",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneReport(args, data); err != nil {
				return err
			}
			return withReports(cmd.Context(), data, true, func(ctx context.Context, db *sqlstore.DB) error {
				id, err := server.CloseReport(ctx, db, args[0])
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(stdout, "erased report %s\n", id[:8])
				return err
			})
		},
	}
	dataFlag(c, &data)
	return c
}

func dataFlag(c *cobra.Command, data *string) {
	c.Flags().StringVar(data, "data", "", "folder of everything that the server keeps")
}

// withReports runs f on the database of a data folder.
func withReports(ctx context.Context, data string, write bool, f func(context.Context, *sqlstore.DB) error) (err error) {
	path, err := database(data)
	if err != nil {
		return err
	}
	open := sqlstore.OpenSQLiteReadOnly
	if write {
		open = sqlstore.OpenSQLite
	}
	db, err := open(ctx, path)
	if err != nil {
		return openFailed(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = f(ctx, db)
	switch {
	case errors.Is(err, server.ErrNoReport):
		return errors.New("there is no such report; cofferd reports list shows those that there are")
	case errors.Is(err, server.ErrManyReports):
		return usagef("several reports begin so; give more of the id")
	}
	return err
}

// who is a person on the page.
func who(handle, id string) string {
	if handle == "" {
		return "account " + id
	}
	return plain.Line(handle)
}

// reportPage is a report for people.
func reportPage(r server.ReviewedReport) string {
	var b strings.Builder
	row := func(label, format string, args ...any) {
		fmt.Fprintf(&b, "%-14s"+format+"\n", append([]any{label}, args...)...)
	}
	row("report", "%s", r.ID)
	row("filed", "%s by %s (account %s)", minute(r.Filed), who(r.Handle, r.By.String()), r.By)
	row("conversation", "%s", plain.Line(string(r.Conversation)))
	if r.Reason != "" {
		row("reason", "%s", indented(plain.Text(r.Reason), 14))
	}
	hidden := 0
	for i := range r.Messages {
		if r.Messages[i].Err != nil {
			hidden++
			continue
		}
		messagePage(&b, &r.Messages[i])
	}
	b.WriteString("\nEach was sent by the account it names, to this conversation, at this time, in these words. What was\nsaid between them may be left out.\n")
	if hidden > 0 {
		fmt.Fprintf(&b, "Not shown: %d of %d, because nothing proves that they were sent here.\n", hidden, len(r.Messages))
	}
	return b.String()
}

func messagePage(b *strings.Builder, m *server.ReviewedMessage) {
	v := m.Message.View()
	fmt.Fprintf(b, "\n%s  %s (account %s)  [%s]\n", minute(acceptedAt(m)), who(m.Handle, m.Sender.String()), m.Sender, m.ID)
	if what := does(&v); what != "" {
		fmt.Fprintf(b, "    (%s)\n", what)
	}
	if v.Text != "" {
		fmt.Fprintf(b, "    %s\n", indented(plain.Text(v.Text), 4))
	}
	for i, a := range v.Attachments {
		fmt.Fprintf(b, "    file %d: %s, %s, %d bytes\n", i+1, plain.Line(fileName(&a)), plain.Line(a.MediaType), a.File.Size)
	}
}

// does says what a message is beside a text.
func does(v *content.View) string {
	switch v.Kind {
	case content.KindText, content.KindAttachment:
		if !v.ReplyTo.IsZero() {
			return "answers " + v.ReplyTo.String()
		}
		return ""
	case content.KindEdit:
		return "changes " + v.Target.String() + " to:"
	case content.KindReaction:
		return "reacts to " + v.Target.String() + " with:"
	}
	return v.Kind.String()
}

// indented puts n spaces before each line but the first.
func indented(s string, n int) string {
	return strings.ReplaceAll(s, "\n", "\n"+strings.Repeat(" ", n))
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
