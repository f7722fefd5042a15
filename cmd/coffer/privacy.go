package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

type privacyObject struct {
	Type      string `json:"type"`
	ReadMarks bool   `json:"readMarks"`
	Typing    bool   `json:"typing"`
}

type typingObject struct {
	Type         string       `json:"type"`
	Conversation string       `json:"conversation"`
	Sender       personObject `json:"sender"`
	Time         string       `json:"time"`
}

type readerObject struct {
	Handle  string `json:"handle"`
	Account string `json:"account"`
	Seq     uint64 `json:"seq"`
	Time    string `json:"time"`
}

func (a *app) privacyCommand() *cobra.Command {
	var marks, typing string
	cmd := a.command(spec{
		use:   "privacy [--read-marks on|off] [--typing on|off]",
		short: "What others see of you beside messages",
		long: `Up to where you have read (off at first), and that you are typing (on at first).
It holds on all your devices. Who does not show it does not see it of others
either. Strangers who were not answered, and groups of more than 50, see neither.
The server learns when, but not what. Without a flag it says how it is.`,
		example: "  coffer privacy\n  coffer privacy --read-marks on --typing off",
		run: func(ctx context.Context, _ []string) error {
			return a.engine(ctx, func(e engine) error {
				p, err := e.Privacy(ctx)
				if err != nil {
					return err
				}
				changed := p
				for _, x := range []struct {
					flag, text string
					value      *bool
				}{{"--read-marks", marks, &changed.ReadMarks}, {"--typing", typing, &changed.Typing}} {
					switch x.text {
					case "":
					case "on", "off":
						*x.value = x.text == "on"
					default:
						return usagef("%s is on or off", x.flag)
					}
				}
				if changed != p {
					if err := e.SetPrivacy(ctx, changed); err != nil {
						return err
					}
				}
				a.print(privacyObject{"privacy", changed.ReadMarks, changed.Typing}, func(w io.Writer) {
					fmt.Fprintf(w, "up to where you have read: %s\nthat you are typing: %s\n", seen(changed.ReadMarks), seen(changed.Typing))
				})
				return nil
			})
		},
	})
	cmd.Flags().StringVar(&marks, "read-marks", "", "whether others see up to where you have read: `on` or off")
	cmd.Flags().StringVar(&typing, "typing", "", "whether others see that you are typing: `on` or off")
	return cmd
}

func seen(on bool) string {
	if on {
		return "others see it"
	}
	return "nobody sees it"
}

// showTyping prints who is typing, for programs; to a person it would only be noise
// between messages.
func (a *app) showTyping(t client.Typing) {
	if a.json {
		writeObject(a.out, typingObject{"typing", t.Conversation.String(), personObject{t.Handle, t.Account.String()}, timestamp(t.Time)})
	}
}

func readersOf(list []client.Reader) (out []readerObject) {
	for _, r := range list {
		out = append(out, readerObject{r.Handle, r.Account.String(), r.Seq, timestamp(r.Time)})
	}
	return out
}
