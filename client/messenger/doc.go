// Package messenger reads an export of Facebook Messenger ("Download your
// information", format JSON), as a folder or a zip file.
//
// Call Open with the export as an fs.FS: os.Root.FS for a folder, zip.Reader for
// a zip file. Export.Owner tells whose export it is, Export.Threads the
// conversations; Export.Messages reads one conversation, oldest message first;
// Export.OpenFile reads an attachment. At any time only the messages of one
// file of one conversation are in memory, or of several where their times
// overlap.
//
// An export comes from outside and may be damaged or hostile. A file that cannot
// be read is named by Export.Problems and the rest goes on; nothing outside the
// export is ever opened; strings are what the export's people wrote and must be
// cleaned before they reach a terminal.
//
// Every message has an ID that depends on the export's content only, so that
// importing the same export, or a later one, doubles nothing.
package messenger
