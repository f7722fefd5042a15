package main

import (
	"context"
	"io"
	"io/fs"

	"github.com/coffer-chat/coffer/client"
)

// engine is what the commands need of an account on a device. *client.Engine
// is one; the tests have another.
type engine interface {
	messageLife
	closing
	people
	social
	reporting
	resetting

	Register(ctx context.Context, o client.RegisterOptions) error
	Restore(ctx context.Context, o client.RestoreOptions) (*client.Restored, error)
	Whoami(ctx context.Context) (client.Identity, error)

	AddPIN(ctx context.Context, o client.PINOptions) (client.Keyholder, error)
	AddCode(ctx context.Context) (code string, k client.Keyholder, err error)
	AddCloud(ctx context.Context, o client.CloudOptions) (client.Keyholder, error)
	RecoveryMethods(ctx context.Context) ([]client.Keyholder, error)
	RemoveRecovery(ctx context.Context, prefix string) (client.Keyholder, error)
	TestRecovery(ctx context.Context, s client.RecoverySecret) (client.Keyholder, error)
	ChangePassword(ctx context.Context, o client.PasswordOptions) error
	SetVault(ctx context.Context, on bool) (client.VaultSwitched, error)
	Remind(ctx context.Context) (client.Reminder, error)
	VaultStatus(ctx context.Context) (client.Vault, error)
	Devices(ctx context.Context) ([]client.Keyholder, error)
	RemoveDevices(ctx context.Context, ids []string) error
	Revoke(ctx context.Context, id string, compromised bool, keep ...string) ([]client.Removal, error)
	RenameDevice(ctx context.Context, id, name string) (client.Keyholder, error)
	Notices(ctx context.Context) ([]client.Notice, error)
	NoticesShown(ctx context.Context, upTo uint64) error
	GuessLog(ctx context.Context) (log []client.Guess, missing []string, err error)
	LinkDevice(ctx context.Context, o client.LinkOptions) (client.Keyholder, error)
	Link(ctx context.Context, o client.JoinOptions) (*client.Restored, error)
	Removals(ctx context.Context) ([]client.Removal, error)
	Safety(ctx context.Context, handle string) (client.Safety, error)
	HistoryNumber(ctx context.Context, to string, at uint64) (client.HistoryNumber, error)
	CompareHistory(ctx context.Context, to, theirs string) (client.Compared, error)

	FindConversation(ctx context.Context, to string) (client.Conversation, error)
	FindMessage(ctx context.Context, prefix string) (client.Message, error)
	Send(ctx context.Context, to string, o client.Outgoing) (client.Message, error)
	SendMany(ctx context.Context, to string, next func() (client.Outgoing, bool), each func(client.Message, error)) error
	Edit(ctx context.Context, id, text string) (client.Message, error)
	Unsend(ctx context.Context, id string) error
	DeleteForMe(ctx context.Context, id string) error
	React(ctx context.Context, id, emoji string, remove bool) error
	SaveAttachment(ctx context.Context, id string, index int, w io.Writer) (client.Attachment, error)

	GroupCreate(ctx context.Context, name string, handles []string) (client.Conversation, error)
	GroupAdd(ctx context.Context, name string, handles []string) error
	GroupRemove(ctx context.Context, name string, handles []string) error
	GroupLeave(ctx context.Context, name string) error
	GroupInfo(ctx context.Context, name string) (client.Conversation, error)
	List(ctx context.Context) ([]client.Conversation, error)
	History(ctx context.Context, to string, p client.Page) ([]client.Message, error)
	Watch(ctx context.Context, to string, each func(client.Message) error) error
	Search(ctx context.Context, words []string, in string) ([]client.Message, error)
	Sync(ctx context.Context) (client.Synced, error)
	ImportMessenger(ctx context.Context, fsys fs.FS, me string) (client.Imported, error)
}

var _ engine = (*client.Engine)(nil)
