package mls

// epochSecrets are the secrets of one epoch (RFC 9420, section 8).
type epochSecrets struct {
	senderData    Secret
	encryption    Secret // nil once the secret tree holds what is left of it
	exporter      Secret
	external      Secret
	confirmation  Secret
	membership    Secret
	resumption    Secret
	authenticator Secret
	init          Secret // for the next epoch
}

// joinerSecret combines the last epoch's init secret with the commit secret.
func joinerSecret(suite CipherSuite, init, commit Secret, context []byte) Secret {
	return suite.ExpandWithLabel(suite.Extract(init, commit), "joiner", context, suite.HashSize())
}

// memberSecret is the extraction that both welcome and epoch secret come from.
func memberSecret(suite CipherSuite, joiner, psk Secret) Secret {
	return suite.Extract(joiner, psk)
}

// welcomeKey derives key and nonce of an encrypted GroupInfo (section 12.4.3.1).
func welcomeKey(suite CipherSuite, member Secret) (key, nonce Secret) {
	welcome := suite.DeriveSecret(member, "welcome")
	p := suite.params()
	return suite.ExpandWithLabel(welcome, "key", nil, p.nk), suite.ExpandWithLabel(welcome, "nonce", nil, p.nn)
}

// newEpochSecrets derives the secrets of the epoch with this GroupContext.
func newEpochSecrets(suite CipherSuite, member Secret, context []byte) epochSecrets {
	return secretsFromEpoch(suite, suite.ExpandWithLabel(member, "epoch", context, suite.HashSize()))
}

// secretsFromEpoch derives all from the epoch secret.
func secretsFromEpoch(suite CipherSuite, epoch Secret) epochSecrets {
	return epochSecrets{
		senderData:    suite.DeriveSecret(epoch, "sender data"),
		encryption:    suite.DeriveSecret(epoch, "encryption"),
		exporter:      suite.DeriveSecret(epoch, "exporter"),
		external:      suite.DeriveSecret(epoch, "external"),
		confirmation:  suite.DeriveSecret(epoch, "confirm"),
		membership:    suite.DeriveSecret(epoch, "membership"),
		resumption:    suite.DeriveSecret(epoch, "resumption"),
		authenticator: suite.DeriveSecret(epoch, "authentication"),
		init:          suite.DeriveSecret(epoch, "init"),
	}
}

// export is MLS-Exporter (RFC 9420, section 8.5).
func (s *epochSecrets) export(suite CipherSuite, label string, context []byte, length int) Secret {
	return suite.ExpandWithLabel(suite.DeriveSecret(s.exporter, label), "exported", suite.Hash(context), length)
}
