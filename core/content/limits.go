package content

// Limits on what Parse accepts and New makes.
const (
	// MaxSize is the size of an encoded message in bytes.
	MaxSize = 256 << 10
	// MaxText is the size of a text in bytes.
	MaxText = 64 << 10
	// MaxReaction is the size of a reaction in bytes: room for the longest emoji
	// sequences.
	MaxReaction = 64
	// MaxParts is the number of parts, nested ones included
	// (draft-ietf-mimi-content, "General handling").
	MaxParts = 1024
	// MaxPartDepth is the number of levels of parts ("Depth restrictions").
	MaxPartDepth = 4
	// MaxTopic is the size of a topic id in bytes.
	MaxTopic = 4096
	// MaxExtensions is the number of extensions.
	MaxExtensions = 64
	// MaxExtensionKey is the size of a text key in bytes.
	MaxExtensionKey = 255
	// MaxExtensionValue is the size of an extension's encoded value in bytes.
	MaxExtensionValue = 4095
	// MaxURI is the size of a URI or URL in bytes.
	MaxURI = 2048
	// MaxName is the size of a media type, language list or file name in bytes.
	MaxName = 255
	// MaxDescription is the size of an attachment's description in bytes.
	MaxDescription = 4096
	// MaxAttachments is the number of attachments that NewMessage takes.
	MaxAttachments = 32
	// MaxPreview is the size of a preview image in bytes.
	MaxPreview = 64 << 10

	// extensionDepth is how deep values may nest under the extensions map, which
	// is itself the first of the four levels of "Depth restrictions".
	extensionDepth = 3
)
