package account

import (
	"fmt"
	"io"
)

// redacted is what every secret prints as, whatever the verb.
const redacted = "[secret]"

func printRedacted(f fmt.State) { _, _ = io.WriteString(f, redacted) }

// incomparable, embedded, makes == on a secret a compile error.
type incomparable [0]func()
