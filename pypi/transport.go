package pypi

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"
)

// TransportOptions say how hosts are reached. The zero value is a direct
// connection, trusting the system's certificates.
type TransportOptions struct {
	// Roots are the certificates to trust instead of the system's, as PEM
	// (--cert, PIP_CERT and so on); nil for the system's.
	Roots []byte
	// ClientCert is one PEM with key and certificate, nil for none.
	ClientCert []byte
	// Proxy chooses the proxy for a URL, nil for none: see Config.Proxy.
	Proxy func(*url.URL) (*url.URL, error)
	// Insecure takes certificates that do not verify. It is for the second
	// transport, Options.Insecure.
	Insecure bool
	// Timeout bounds connecting, the TLS handshake, and the wait for the
	// first byte of an answer; 0 means 15 seconds, as pip has it.
	Timeout time.Duration
}

// NewTransport returns a pool of connections, HTTP/2 where the host speaks it,
// which connects to no link-local address, whatever a name resolves to.
func NewTransport(o TransportOptions) (*http.Transport, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: o.Insecure}
	if o.Roots != nil && !o.Insecure { // which trusts whom it meets
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(o.Roots) {
			return nil, errors.New("reading the certificates to trust: there is none")
		}
	}
	if o.ClientCert != nil {
		pair, err := tls.X509KeyPair(o.ClientCert, o.ClientCert)
		if err != nil {
			return nil, fmt.Errorf("reading the client certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	timeout := o.Timeout
	if timeout <= 0 {
		timeout = 15 * time.Second
	}
	dialer := &net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second, Control: refuseLinkLocal}
	t := &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    timeout,
		ResponseHeaderTimeout:  timeout,
		IdleConnTimeout:        90 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    maxInFlight,
		MaxConnsPerHost:        maxInFlight,
		MaxResponseHeaderBytes: 256 << 10, // 256 KiB
	}
	if o.Proxy != nil {
		t.Proxy = func(r *http.Request) (*url.URL, error) { return o.Proxy(r.URL) }
	}
	return t, nil
}

// lateTransport is the transport of its options, made for the first request, and
// that of plain http, which needs no certificates.
type lateTransport struct {
	options     TransportOptions
	full, plain onceTransport
}

// onceTransport is a transport made when it is needed.
type onceTransport struct {
	once      sync.Once
	transport *http.Transport
	err       error
}

func (t *onceTransport) get(o TransportOptions) (*http.Transport, error) {
	t.once.Do(func() { t.transport, t.err = NewTransport(o) })
	if t.transport == nil {
		return nil, &Error{Kind: Unusable, Err: cmp.Or(t.err, errors.New("it was closed"))}
	}
	return t.transport, nil
}

func (t *lateTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	from, o := &t.full, t.options
	if t.directly(r) {
		from, o.Roots, o.ClientCert = &t.plain, nil, nil
	}
	transport, err := from.get(o)
	if err != nil {
		return nil, err
	}
	return transport.RoundTrip(r)
}

// directly tells whether the request goes by plain http, and through no proxy.
func (t *lateTransport) directly(r *http.Request) bool {
	if r.URL.Scheme != "http" || t.options.Proxy == nil {
		return r.URL.Scheme == "http"
	}
	proxy, err := t.options.Proxy(r.URL)
	return err == nil && proxy == nil
}

// CloseIdleConnections is for http.Client.
func (t *lateTransport) CloseIdleConnections() {
	for _, one := range []*onceTransport{&t.full, &t.plain} {
		one.once.Do(func() {}) // what was never asked has none
		if one.transport != nil {
			one.transport.CloseIdleConnections()
		}
	}
}

// hasCertificate tells whether some certificate can be read in a PEM, so that
// all that NewTransport would complain of is known without reading the rest.
func hasCertificate(text []byte) bool {
	for len(text) > 0 {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return false
		}
		if block.Type == "CERTIFICATE" && len(block.Headers) == 0 {
			if _, err := x509.ParseCertificate(block.Bytes); err == nil {
				return true
			}
		}
	}
	return false
}

// refuseLinkLocal is called with the address a name resolved to, before the
// connection is made.
func refuseLinkLocal(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err == nil && forbidden(ap.Addr()) {
		return failf(Forbidden, "%s is a link-local address, which is never asked", ap.Addr())
	}
	return nil
}

// forbidden tells addresses that no index has and that metadata services of
// clouds have.
func forbidden(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if b := a.As16(); a.Is6() && netip.MustParsePrefix("64:ff9b::/96").Contains(a) {
		a = netip.AddrFrom4([4]byte(b[12:])) // as NAT64 reaches IPv4 (RFC 6052)
	}
	return a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() ||
		a == netip.AddrFrom16([16]byte{0xfd, 0x00, 0x0e, 0xc2, 14: 0x02, 15: 0x54}) // fd00:ec2::254
}

// loopback tells whether a host, without its port, is this machine, in pip's
// sense (its _internal/models and SECURE_ORIGINS): localhost, 127.0.0.0/8, ::1.
func loopback(host string) bool {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// badCertificate tells the errors of a TLS peer that is not who it should be.
func badCertificate(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		host         x509.HostnameError
		invalid      x509.CertificateInvalidError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

// guard is the innermost transport: it sees every request that goes out,
// those of redirects too, and decides by the URL alone what may go and which
// credentials go along.
type guard struct {
	secure, insecure http.RoundTripper
	agent            string
	allowInsecure    bool
	trusted          []string
	credentials      func(context.Context, *url.URL) login
}

type trustedKey struct{}

// withTrusted carries the hosts that may be asked without TLS verified.
func withTrusted(ctx context.Context, hosts []string) context.Context {
	if len(hosts) == 0 {
		return ctx
	}
	return context.WithValue(ctx, trustedKey{}, hosts)
}

// trusts tells whether an answer from the URL counts though nothing proves that
// it comes from there: by the user's own configuration, or where all may be
// insecure.
func (g *guard) trusts(u *url.URL) bool {
	return g.allowInsecure || among(g.trusted, u)
}

// unverified tells whether the URL is asked without verifying certificates.
func (g *guard) unverified(ctx context.Context, u *url.URL) bool {
	if g.insecure == nil || u.Scheme != "https" {
		return false
	}
	lines, _ := ctx.Value(trustedKey{}).([]string)
	return among(g.trusted, u) || g.allowInsecure && among(lines, u)
}

// proven tells whether an answer from the URL proves who gave it.
func (g *guard) proven(ctx context.Context, u *url.URL) bool {
	if u.Scheme == "https" {
		return !g.unverified(ctx, u)
	}
	return loopback(u.Hostname())
}

// among tells whether the host is listed, as "host" or "host:port".
func among(hosts []string, u *url.URL) bool {
	for _, host := range hosts {
		if strings.EqualFold(host, u.Host) || strings.EqualFold(host, u.Hostname()) {
			return true
		}
	}
	return false
}

// permit returns an error for a URL that must not be asked.
func (g *guard) permit(u *url.URL) error {
	switch u.Scheme {
	case "https", "http":
	default:
		return failf(Forbidden, "an index by %s: is not asked", quoted(u.Scheme))
	}
	host := u.Hostname()
	if host == "" {
		return failf(Unusable, "the address has no host")
	}
	if a, err := netip.ParseAddr(host); err == nil && forbidden(a) {
		return failf(Forbidden, "%s is a link-local address, which is never asked", a)
	}
	if u.Scheme == "http" && !loopback(host) && !g.trusts(u) {
		return failf(Insecure, "plain http to another host proves nothing")
	}
	return nil
}

func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := g.permit(r.URL); err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Header.Del("Referer")
	r.Header.Del("Authorization")
	r.Header.Del("Cookie")
	r.Header.Set("User-Agent", g.agent)
	if g.confides(r.Context(), r.URL) {
		if l := g.loginFor(r.Context(), r.URL); l.known {
			r.SetBasicAuth(l.user, l.password)
		}
	}
	t := g.secure
	if g.unverified(r.Context(), r.URL) {
		t = g.insecure
	}
	return t.RoundTrip(r)
}

// loginFor returns what is known to open a URL.
func (g *guard) loginFor(ctx context.Context, u *url.URL) login {
	if g.credentials == nil {
		return login{}
	}
	return g.credentials(ctx, u)
}

// confides tells whether credentials may go to the URL: over TLS that is
// verified, or that the user's own configuration says needs not be, and to
// this machine.
func (g *guard) confides(ctx context.Context, u *url.URL) bool {
	return g.proven(ctx, u) || u.Scheme == "https" && among(g.trusted, u)
}

// redirect is asked before each redirect is followed.
func (g *guard) redirect(next *http.Request, via []*http.Request) error {
	if len(via) >= maxRedirects {
		return failf(Malformed, "more than %d redirects", maxRedirects)
	}
	from := via[len(via)-1].URL
	if from.Scheme == "https" && next.URL.Scheme != "https" {
		return failf(Insecure, "a redirect leads from https to %s", next.URL.Scheme)
	}
	next.URL.User = nil
	return g.permit(next.URL)
}
