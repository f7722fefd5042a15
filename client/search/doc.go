// Package search finds messages by their words. It is one index, the same
// natively and in a browser, kept in the device's store beside the messages.
//
// Open an Index, add documents to the batch that stores the messages, and ask:
//
//	ix, err := search.Open(s, search.Options{Rand: rand.Reader})
//	err = ix.Add(&batch, search.Doc{Conv: 3, Seq: 17, Time: ms, Text: "…"})
//	err = s.Apply(ctx, &batch)
//	hits, err := ix.Query(ctx, search.Query{Text: "harbour mee"})
//
// Each Add writes one immutable segment. Call Compact now and then, with a
// budget, to merge small segments and to take from disk what Remove has hidden;
// without it everything stays correct but grows slow.
//
// Words are compared without case and diacritics; scripts written without
// spaces are cut into pairs of characters; emoji are words. The last word of a
// query also matches words that begin with it; words in quotes must stand side
// by side. All of a query's words must occur. Results are newest first.
//
// The store should be sealed: terms stand in values only, keys hold numbers.
// The format is in spec/search-index.md.
package search
