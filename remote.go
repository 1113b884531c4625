package main

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"

	"github.com/reqhash/reqhash/requirements"
)

// remote fetches what -r and -c include by URL, with --allow-remote; nil without
// it. The text is what pip makes of it: by the charset of the answer,
// ISO-8859-1 where it is text of none (requests, Response.text). No credentials
// are sent but those that the URL has, and plain http is for this machine only.
func (j *job) remote(ctx context.Context) (requirements.ReadFunc, error) {
	if !j.settings.allowRemote {
		return nil, nil
	}
	transport, err := j.pip.Transport(false)
	if err != nil {
		return nil, usageError{err}
	}
	client := &http.Client{Transport: transport, Timeout: time.Duration(j.settings.timeout), CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) >= 10 {
			return fmt.Errorf("more than 10 redirects")
		}
		return mayFetch(r.URL)
	}}
	return func(address string, _ []byte) ([]byte, error) { return fetchText(ctx, client, address) }, nil
}

// mayFetch refuses what anybody in between could have written.
func mayFetch(u *url.URL) error {
	host := u.Hostname()
	switch {
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && (host == "localhost" || strings.HasPrefix(host, "127.") || host == "::1"):
		return nil
	}
	return fmt.Errorf("it is not fetched by plain http")
}

func fetchText(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("the address is no URL")
	}
	if err := mayFetch(u); err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("the address is no URL")
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetching it: %w", bareURL(err))
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetching it: status %d", answer.StatusCode)
	}
	src, err := io.ReadAll(io.LimitReader(answer.Body, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetching it: %w", bareURL(err))
	case len(src) > maxFile:
		return nil, fmt.Errorf("it is more than %d MiB", maxFile>>20)
	}
	kind, parameters, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")) // none: UTF-8
	charset := parameters["charset"]
	if charset == "" && strings.HasPrefix(kind, "text/") {
		charset = "iso-8859-1"
	}
	if charset == "" || strings.EqualFold(charset, "utf-8") {
		return src, nil
	}
	if strings.EqualFold(charset, "iso-8859-1") { // which browsers take for windows-1252
		return charmap.ISO8859_1.NewDecoder().Bytes(src)
	}
	codec, err := htmlindex.Get(charset)
	if err != nil {
		return nil, fmt.Errorf("its charset %q is not known", charset)
	}
	return codec.NewDecoder().Bytes(src)
}

// bareURL takes the URL off an error: who reads it knows it, and it may have
// userinfo.
func bareURL(err error) error {
	if u, ok := err.(*url.Error); ok {
		return u.Err
	}
	return err
}
