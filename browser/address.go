package browser

import (
	"fmt"
	"net"
	"net/url"
)

// address checks an address that a browser is sent to. What it is called is for
// the error, which does not quote it.
func address(what, raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %s cannot be parsed", ErrAddress, what) // the parser's error would quote it
	}
	switch {
	case u.User != nil:
		return nil, fmt.Errorf("%w: %s must hold no user or password", ErrAddress, what)
	case u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%w: %s is not an absolute https address", ErrAddress, what)
	case u.Scheme == "http" && !isLocal(u.Hostname()):
		return nil, fmt.Errorf("%w: %s is without TLS", ErrAddress, what)
	}
	return u, nil
}

func isLocal(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
