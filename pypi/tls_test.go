package pypi

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"io/fs"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// selfSigned returns a certificate of 127.0.0.1, and it and its key as PEM.
func selfSigned(t *testing.T) (pair tls.Certificate, cert, both []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	both = append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), cert...)
	if pair, err = tls.X509KeyPair(both, both); err != nil {
		t.Fatal(err)
	}
	return pair, cert, both
}

// Certificates to trust, as a file or a folder, and a client certificate are
// taken from pip's configuration, and an index that wants one is answered.
func TestConfiguredTLS(t *testing.T) {
	pair, cert, both := selfSigned(t)
	_, other, _ := selfSigned(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { simplePage(w, fine) }))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAnyClientCert}
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	files := fstest.MapFS{"ca.pem": {Data: cert}, "other.pem": {Data: other}, "key.pem": {Data: both}, "ca/a.pem": {Data: other}, "ca/b.pem": {Data: cert}, "no.pem": {Data: []byte("x")}}
	for _, test := range []struct {
		vars map[string]string
		want string
	}{
		{map[string]string{"PIP_CERT": "/ca.pem", "PIP_CLIENT_CERT": "/key.pem"}, "verified"},
		{map[string]string{"REQUESTS_CA_BUNDLE": "/ca.pem", "PIP_CLIENT_CERT": "/key.pem"}, "verified"},
		{map[string]string{"REQUESTS_CA_BUNDLE": "/ca", "PIP_CLIENT_CERT": "/key.pem"}, "verified"},
		{map[string]string{"PIP_CERT": "/other.pem", "REQUESTS_CA_BUNDLE": "/ca.pem", "PIP_CLIENT_CERT": "/key.pem"}, "unverified: insecure"},
		{map[string]string{"PIP_CERT": "/ca.pem"}, "unverified: unreachable"},
		{map[string]string{"PIP_CERT": "/none.pem"}, "reading the certificates to trust: open none.pem: file does not exist"},
		{map[string]string{"PIP_CERT": "/no.pem"}, "reading the certificates to trust: there is none"},
		{map[string]string{"PIP_CERT": "/ca.pem", "PIP_CLIENT_CERT": "/ca.pem"}, "reading the client certificate: tls: "},
	} {
		env := setting(test.vars, nil)
		env.ReadFile = func(path string) ([]byte, error) { return fs.ReadFile(files, strings.TrimPrefix(path, "/")) }
		env.ReadDir = func(path string) ([]fs.DirEntry, error) { return fs.ReadDir(files, strings.TrimPrefix(path, "/")) }
		c, err := ReadConfig(env)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		transport, err := c.Transport(false)
		if err != nil {
			got = err.Error()
		} else {
			got = judge(New(Options{Transport: transport, Pause: noPause}), Sources{Indexes: []string{server.URL + "/index"}}, "a", "1.0")
			transport.(interface{ CloseIdleConnections() }).CloseIdleConnections()
		}
		if got != test.want && !(err != nil && strings.HasPrefix(got, test.want)) {
			t.Errorf("%v: got %q, want %q", test.vars, got, test.want)
		}
	}
}

// What needs no certificate is asked without reading those that are to be trusted.
func TestLateCertificates(t *testing.T) {
	h := newHostile(t, false, files(fine))
	proxy, err := url.Parse("https://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		address string
		proxy   func(*url.URL) (*url.URL, error)
		asked   bool
	}{
		{h.URL, nil, true},
		{h.URL, func(*url.URL) (*url.URL, error) { return nil, nil }, true},
		{h.URL, func(*url.URL) (*url.URL, error) { return proxy, nil }, false},
		{"https://127.0.0.1:1", nil, false},
	} {
		late := &lateTransport{options: TransportOptions{Roots: []byte("none"), Proxy: test.proxy}}
		r, err := http.NewRequest(http.MethodGet, test.address, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := late.RoundTrip(r)
		if (err == nil) != test.asked || err != nil && !strings.Contains(err.Error(), "the certificates to trust") {
			t.Errorf("%s: %v", test.address, err)
		}
		if err == nil {
			res.Body.Close()
		}
		late.CloseIdleConnections()
	}
}
