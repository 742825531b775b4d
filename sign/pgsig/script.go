package pgsig

import (
	"errors"
	"strings"
)

// ErrScript says that a path has no last segment. What is signed then is not
// documented, so it is for the caller to know: of /g2g/payment_page/, clients are
// known to sign payment_page; the vendor's PHP class takes an empty name.
var ErrScript = errors.New("pgsig: script name: path without a last segment")

// ScriptName returns the last segment of a URL's path, as it is sent: what
// follows the last slash, up to a question mark. It takes a path or a whole URL.
// A path that ends in a slash, or none, is an [ErrScript].
func ScriptName(urlPath string) (string, error) {
	// The query first: there may be slashes in it.
	path, _, _ := strings.Cut(urlPath, "?")
	if _, rest, ok := strings.Cut(path, "://"); ok && !strings.HasPrefix(path, "/") {
		// The host of a URL without a path is no script.
		_, path, _ = strings.Cut(rest, "/")
	}
	script := path[strings.LastIndexByte(path, '/')+1:]
	if script == "" {
		return "", ErrScript
	}
	return script, nil
}
