package pypi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
)

// Kind says in which way an index failed to answer.
type Kind uint8

const (
	// Unreachable: no connection, or it broke, on every try.
	Unreachable Kind = iota + 1
	// Timeout: the answer was not complete within the time given.
	Timeout
	// Status: an HTTP status that is no answer: 429, 500, 418 and the like.
	Status
	// Unauthorized: the index wants credentials, or others: 401 or 403.
	Unauthorized
	// Malformed: what came is not a page of the project asked for.
	Malformed
	// TooLarge: a limit was reached.
	TooLarge
	// Insecure: plain http to another host, a redirect to it, or a
	// certificate that does not verify.
	Insecure
	// Forbidden: an address that is never asked, such as a link-local one.
	Forbidden
	// Offline: the network was not to be used, and the cache has no answer
	// that is young enough.
	Offline
	// Canceled: the run was ended.
	Canceled
	// Unusable: an address that nobody can ask: no URL, no folder.
	Unusable
)

var kindNames = [...]string{"", "unreachable", "timeout", "status", "unauthorized", "malformed",
	"too-large", "insecure", "forbidden", "offline", "canceled", "unusable"}

// String returns the kind as a word, such as "too-large".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Error is why an index gave no answer. Its text names the index and holds no
// credentials, and quotes what came from outside.
type Error struct {
	// Index is the address as it may be shown.
	Index   string
	Project string
	Kind    Kind
	// Code is the HTTP status of Status and Unauthorized, else 0.
	Code int
	Err  error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("asking ")
	b.WriteString(e.Index)
	if e.Project != "" {
		fmt.Fprintf(&b, " for %s", e.Project)
	}
	b.WriteString(": ")
	switch {
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	case e.Code != 0:
		fmt.Fprintf(&b, "status %d", e.Code)
	default:
		b.WriteString(e.Kind.String())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// failf makes an error of the given kind; index and project are filled in
// where they are known.
func failf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Err: fmt.Errorf(format, args...)}
}

// asError turns whatever a transport returned into an *Error.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var netErr net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return &Error{Kind: Canceled, Err: context.Canceled}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return &Error{Kind: Timeout, Err: errors.New("no complete answer in time")}
	}
	if badCertificate(err) {
		return &Error{Kind: Insecure, Err: fmt.Errorf("the certificate does not verify: %w", bare(err))}
	}
	return &Error{Kind: Unreachable, Err: lost{bare(err)}}
}

// lost is a connection that failed. Its text is the same whenever the failure
// is: without the ports of this end, and with one word for all the ways in
// which it is noticed that the other end is gone.
type lost struct{ error }

func (l lost) Unwrap() error { return l.error }

func (l lost) Error() string {
	var name *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(l.error, &name):
		return fmt.Sprintf("the name %q does not resolve", name.Name)
	case errors.Is(l.error, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(l.error, io.EOF), errors.Is(l.error, io.ErrUnexpectedEOF), errors.Is(l.error, syscall.ECONNRESET),
		errors.Is(l.error, syscall.EPIPE), errors.Is(l.error, net.ErrClosed), strings.Contains(l.error.Error(), "server closed idle connection"):
		return "the connection broke"
	case strings.Contains(l.error.Error(), "malformed"):
		return "what answers does not speak HTTP" // without its words, which may be anything
	case errors.As(l.error, &op):
		return fmt.Sprintf("%s: %v", op.Op, op.Err)
	}
	return l.error.Error()
}

// bare takes the URL off an error of net/http, because it may be shown twice
// or hold what must not be shown.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// of returns a copy of the error that names index and project.
func (e *Error) of(index, project string) *Error {
	c := *e
	if c.Index == "" {
		c.Index = index
	}
	if c.Project == "" {
		c.Project = project
	}
	return &c
}

// Shown returns an address without what may be secret in it: "***@" stands for
// credentials, "?***" for a query; a fragment is left off. Of an address that
// does not parse, everything before its last @ counts as credentials.
func Shown(address string) string {
	start := strings.Index(address, "://")
	if start < 0 {
		return shownPath(address)
	}
	start += len("://")
	address, _, _ = strings.Cut(address, "#")
	_, err := url.Parse(address)
	end := len(address)
	if err == nil {
		end = start + strings.IndexAny(address[start:]+"/", "/?\\")
	}
	if at := strings.LastIndexByte(address[start:end], '@'); at >= 0 {
		address = address[:start] + "***@" + address[start+at+1:]
	}
	if plain, _, query := strings.Cut(address, "?"); query {
		address = plain + "?***"
	}
	return address
}

// shownPath masks what is between the first colon and the last @ of what is no
// URL, but may have been meant to be one.
func shownPath(path string) string {
	at := strings.LastIndexByte(path, '@')
	if at < 0 {
		return path
	}
	colon := strings.IndexByte(path[:at], ':')
	if colon < 0 || colon == 1 && strings.IndexByte(`/\`, path[2]) >= 0 {
		return path // C:/x
	}
	return path[:colon+1] + "***" + path[at:]
}
