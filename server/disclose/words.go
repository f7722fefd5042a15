package disclose

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// describe says of each section what it is and what it reveals.
func (c *collector) describe() {
	d := c.d
	d.Identity.What, d.Identity.Reveals = "handle and account",
		"That somebody registered under this handle, and when."
	d.Chain.What, d.Chain.Reveals = "account chain: signed entries with public keys",
		"When devices and ways back in were added and removed, by whom, and when vault epochs were opened; names are encrypted."
	d.Keyholders.What, d.Keyholders.Reveals = "devices and ways back in, as the chain has them (counted there)",
		"How many devices and ways back in there are and were, of which kind, and since when; not what they are called."
	d.SealedRoots.What, d.SealedRoots.Reveals = "vault roots, each encrypted to one device or way back in",
		"Nothing beyond the chain: only the keyholder's private key, which is not here, opens one."
	d.Sessions.What, d.Sessions.Reveals = "open sessions, by the hash of their token",
		"When devices signed in; no address, no program, no time of last use."
	d.SignIns.What, d.SignIns.Reveals = "random numbers of recent sign-ins, kept for minutes so that none is used twice",
		"That so many sign-ins happened a short while ago."
	d.Links.What, d.Links.Reveals = "mailboxes by which a device links another: encrypted, gone within minutes",
		"That a device is being linked now, and by which one."
	d.PushSubscriptions.What, d.PushSubscriptions.Reveals = "push subscriptions: addresses at which a device asked to be woken while nothing of it runs",
		"Which company's push service reaches the device. That company may know whose device it is, and learns when this server wakes it; a wake-up has no content."
	d.Reports.What, d.Reports.Reveals = "reports: messages that this person chose to show to the moderators, readable",
		"What the reported messages say, who sent them and when, and that this person reported them. Reports that others filed may hold messages of this person's; they are theirs, and not listed here."
	d.Password.What, d.Password.Reveals = "sign-in password: a salt and a hash of what the device made of it",
		"That there is a password, and since when; it opens no content. Guesses could be tested against the hash, each at the cost of the stretching."
	d.PINRecords.What, d.PINRecords.Reveals = "records of PINs: which realms guard one, and a check value that only the password makes",
		"Which realms a PIN is kept by and how many must work together; nothing of the PIN."
	d.CloudRecords.What, d.CloudRecords.Reveals = "halves of cloud keys: random bytes, and a public key that only the other half makes",
		"That half of a key is kept in some cloud, and whether the password goes with it; not in which cloud. The half here opens nothing without the other."
	d.Realms.What, d.Realms.Reveals = "realms that run inside this server, each with its own database of shares, guess counts and heads",
		"Guesses at PINs and their times; and since one operator holds all of them, that operator could try PINs as fast as they can be stretched."
	d.KeyPackages.What, d.KeyPackages.Reveals = "key packages: public keys by which others add a device to a conversation",
		"Which devices can be added, and with which cipher suites."
	d.PrivateLog.What, d.PrivateLog.Reveals = "private log: encrypted entries of read marks, settings, imported history",
		"When devices wrote something for themselves, and how large it was, padded."
	d.Closing.What, d.Closing.Reveals = "the end of an account that was closed: when, and the signed receipt",
		"That the account was closed, when, and how many items were erased. Messages that others keep stay in their conversations, under this account's id; conversations are not listed here any more."
	d.Resets.What, d.Resets.Reveals = "resets: that the handle was asked for with a new account, and the server's signed statement when it was given away",
		"That somebody has lost, or says to have lost, every device and way back; when, and which account has or had the handle."
	d.Conversations.What, d.Conversations.Reveals = "conversations: logs of encrypted messages, public group state, encrypted deposits",
		"With whom this person shares a conversation, in which role and since when; when each message was posted and its padded size; which were edited, unsent or set to expire; what was released as deleted."
	d.Invitations.What, d.Invitations.Reveals = "invitations that this account used",
		"When the invitation was made; who passed it on is not recorded."
	d.WakeUps.What, d.WakeUps.Reveals = "news not passed on yet; gone within moments",
		"That something happened just now."
	d.Attachments.What, d.Attachments.Reveals = "attachments of all people together, encrypted; none is recorded as anybody's",
		"The server has no record that links an attachment to a person, message or conversation. An upload's session is checked and not written down; a file keeps the time it was written, which could be compared with the times of messages."
}

// notHeld is what is not there.
var notHeld = []string{
	"No message text, name, picture, file name, reaction or search, unless encrypted under keys that are not here, or in a report that somebody filed.",
	"No private key of this person, no PIN, no recovery code, no password.",
	"No contact list, no network address, no time of last use, no record of what was read or fetched.",
	"No record of attachments sent or received.",
}

var entryReveals = map[account.BodyType]string{
	account.BodyGenesis: "the account began, with a first device",
	account.BodyAdd:     "a device or way back in was added",
	account.BodyRemove:  "devices or ways back in were removed, and whether as lost or as compromised",
	account.BodyRecover: "somebody came back with a way back in, on a new device",
	account.BodyRotate:  "a device changed its keys",
	account.BodyVault:   "history was switched on or off",
	account.BodyRealms:  "which realms guard PINs",
	account.BodyClose:   "the account was closed",
}

func reason(r account.Reason) string {
	switch r {
	case account.ReasonLost:
		return "lost"
	case account.ReasonCompromised:
		return "compromised"
	case account.ReasonClosed:
		return "closed"
	}
	return "other"
}

func role(r convo.Role) string {
	switch r {
	case convo.Member:
		return "member"
	case convo.Admin:
		return "admin"
	case convo.Owner:
		return "owner"
	}
	return "other"
}

func entryKind(k convo.EntryKind, p convo.Purpose) string {
	switch k {
	case convo.EntryCreate:
		return "create"
	case convo.EntryCommit:
		return "commit"
	case convo.EntryLeave:
		return "leave"
	case convo.EntryGeneration:
		return "generation"
	case convo.EntryMessage:
		switch p {
		case convo.PurposeEdit:
			return "edit"
		case convo.PurposeUnsend:
			return "unsend"
		case convo.PurposeInfo:
			return "info"
		}
		return "message"
	}
	return "other"
}
