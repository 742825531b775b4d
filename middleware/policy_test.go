package middleware_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

// trusting returns the transport that a client has by default, made to trust p,
// which is started with TLS. It counts the connections.
func trusting(t *testing.T, p *peer, connections *atomic.Int64) *http.Transport {
	t.Helper()
	p.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	p.StartTLS()
	transport := middleware.DefaultTransport().(*http.Transport)
	roots := x509.NewCertPool()
	roots.AddCert(p.Certificate())
	transport.TLSClientConfig.RootCAs = roots
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// A thousand calls one after another take one connection, whatever is answered.
func TestConnectionIsUsedAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("two thousand calls take their time")
	}
	for _, http2 := range []bool{false, true} {
		var connections atomic.Int64
		n, protocol := 0, 1
		p := newUnstartedPeer(t, func(w http.ResponseWriter, r *http.Request) {
			protocol = r.ProtoMajor
			answers := []http.HandlerFunc{answerAll, status(422), status(503), status(302), malformed, refused}
			n++
			answers[n%len(answers)](w, r)
		})
		p.EnableHTTP2 = http2
		opts := []middleware.Option{middleware.WithTransport(trusting(t, p, &connections)), middleware.WithoutRetries()}
		well := 0
		for range 1000 {
			if _, err := invoicesInfo.do(t.Context(), p.base(), opts); err == nil {
				well++
			}
		}
		if well != 166 || len(p.arrived()) != 1000 {
			t.Errorf("%d calls of %d went well", well, len(p.arrived()))
		}
		if got := connections.Load(); got != 1 {
			t.Errorf("HTTP/2 %v: %d connections for a thousand calls", http2, got)
		}
		if http2 != (protocol == 2) {
			t.Errorf("HTTP/2 %v: the server saw HTTP/%d", http2, protocol)
		}
	}
}

// Over HTTP/2, calls at the same time share a connection.
func TestCallsShareAConnectionOfHTTP2(t *testing.T) {
	var connections atomic.Int64
	var together sync.WaitGroup
	together.Add(50)
	p := newUnstartedPeer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Wait") != "" {
			together.Done()
			together.Wait() // until all are there
		}
		answerAll(w, r)
	})
	p.EnableHTTP2 = true
	opts := []middleware.Option{middleware.WithTransport(trusting(t, p, &connections))}
	if _, err := invoicesInfo.do(t.Context(), p.base(), opts); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := clientAdd.do(t.Context(), p.base(), opts, wire.WithEditor(setHeader("X-Wait", "1"))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := connections.Load(); got != 1 {
		t.Errorf("%d connections", got)
	}
}

// What is a default and cannot be seen from outside.
func TestDefaultTransport(t *testing.T) {
	transport := middleware.DefaultTransport().(*http.Transport)
	if transport.TLSClientConfig.MinVersion != tls.VersionTLS12 || transport.TLSClientConfig.InsecureSkipVerify {
		t.Error("TLS below 1.2, or of anybody")
	}
	if reflect.ValueOf(transport.Proxy).Pointer() != reflect.ValueOf(http.ProxyFromEnvironment).Pointer() {
		t.Error("the environment does not name the proxy")
	}
	if transport.TLSHandshakeTimeout <= 0 || transport.TLSHandshakeTimeout > middleware.DialTimeout || transport.IdleConnTimeout <= 0 {
		t.Errorf("handshake within %v, idle for %v", transport.TLSHandshakeTimeout, transport.IdleConnTimeout)
	}
	if global := http.DefaultTransport.(*http.Transport); global.MaxResponseHeaderBytes != 0 || transport == global {
		t.Error("http.DefaultTransport was changed")
	}
}

// Dialing has less time than the attempt: what hangs there was not sent.
func TestDialTimeout(t *testing.T) {
	if middleware.DialTimeout >= middleware.DefaultTimeout {
		t.Error("dialing may take the whole attempt")
	}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		transport := &http.Transport{DialContext: middleware.DialWithin(middleware.DialTimeout, func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})}
		answered, err := clientAdd.do(t.Context(), "https://pay.example", []middleware.Option{middleware.WithTransport(transport), middleware.WithoutRetries()})
		e := mustFail(t, clientAdd, answered, err)
		if took := time.Since(began); took != middleware.DialTimeout || e.Kind != wire.ErrTemporary || e.OutcomeUnknown {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// A transport of the user's is used as it is: its TLS options, its proxy.
func TestUsersTransportIsKept(t *testing.T) {
	p := newUnstartedPeer(t, answerAll)
	p.StartTLS()
	roots := x509.NewCertPool()
	roots.AddCert(p.Certificate())
	var version uint16
	users := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13, VerifyConnection: func(state tls.ConnectionState) error {
		version = state.Version
		return nil
	}}, MaxIdleConnsPerHost: 7}
	defer users.CloseIdleConnections()
	if _, err := invoicesInfo.do(t.Context(), p.base(), []middleware.Option{middleware.WithTransport(users)}); err != nil || version != tls.VersionTLS13 {
		t.Errorf("TLS %x, %v", version, err)
	}
	if users.MaxIdleConnsPerHost != 7 || users.TLSClientConfig.MinVersion != tls.VersionTLS13 || users.TLSClientConfig.RootCAs != roots || users.MaxResponseHeaderBytes != 0 {
		t.Error("the user's transport was changed")
	}

	proxied := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxied++
		if r.URL.Host != "pay.example" {
			t.Errorf("the proxy was asked for %s", r.URL)
		}
		answerJSON(invoicesInfo.ok)(w, r)
	}))
	defer proxy.Close()
	by := &http.Transport{Proxy: func(req *http.Request) (*url.URL, error) { return req.URL.Parse(proxy.URL) }}
	defer by.CloseIdleConnections()
	opts := []middleware.Option{middleware.WithTransport(by), middleware.WithPlainHTTP()}
	if _, err := invoicesInfo.do(t.Context(), "http://pay.example", opts); err != nil || proxied != 1 {
		t.Errorf("%d requests through the proxy, %v", proxied, err)
	}
}

// The timeout is that of an attempt: each has all of it.
func TestTimeoutIsOfOneAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var took []time.Duration
		hangs := roundTripper(func(req *http.Request) (*http.Response, error) {
			began := time.Now()
			<-req.Context().Done()
			took = append(took, time.Since(began))
			return nil, req.Context().Err()
		})
		opts := []middleware.Option{middleware.WithTransport(hangs), middleware.WithTimeout(time.Second)}
		_, err := invoicesInfo.do(t.Context(), "https://pay.example", opts)
		if e := mustFail(t, invoicesInfo, false, err); e.Meta.Attempts != 3 || e.Canceled || !slices.Equal(took, []time.Duration{time.Second, time.Second, time.Second}) {
			t.Errorf("%v: %v", took, err)
		}
		// The context bounds them all, the one under way too.
		took = nil
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err = invoicesInfo.do(ctx, "https://pay.example", append(opts, middleware.WithRetries(middleware.RetryPolicy{Attempts: 9})))
		if e := mustFail(t, invoicesInfo, false, err); e.Meta.Attempts != 2 || time.Since(began) > 2500*time.Millisecond {
			t.Errorf("%v after %v: %v", took, time.Since(began), err)
		}
	})
}

// A refused proxy, an unknown scheme: such failures stay, and are not tried again.
func TestFailureThatStays(t *testing.T) {
	dials := 0
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		dials++
		return nil, fmt.Errorf("wrapped: %w", errors.New("no such network"))
	}}
	_, err := invoicesInfo.do(t.Context(), "https://pay.example", []middleware.Option{middleware.WithTransport(transport)})
	if e := mustFail(t, invoicesInfo, false, err); e.Kind != wire.ErrTemporary || dials != 1 {
		t.Errorf("dialed %d times: %v", dials, err)
	}
}
