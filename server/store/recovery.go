package store

import "github.com/coffer-chat/coffer/core/account"

// CloudRecord is what the server keeps of a cloud key (spec/cloud.md).
type CloudRecord struct {
	Keyholder account.KeyholderID
	Record    []byte
}

// RecoveryView reads what ways back in need beside the chain.
type RecoveryView interface {
	// CloudRecords returns all cloud records.
	CloudRecords() ([]CloudRecord, error)
}

// RecoveryTx changes it. AccountTx.DropKeyholder deletes a keyholder's cloud
// record, too.
type RecoveryTx interface {
	// PutCloudRecord stores or replaces a cloud record.
	PutCloudRecord(r CloudRecord) error
}
