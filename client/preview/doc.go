// Package preview makes small pictures of pictures, by Make. Nothing of a file's
// metadata is in one, since it is drawn anew; a picture that is damaged, or would
// take too much memory, has none.
//
// In a browser it makes none: the page's own codecs do (client.Config.Preview).
package preview
