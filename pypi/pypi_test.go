package pypi

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// corpusIndex returns the path of a recorded index, which lies beside the
// repository in some checkouts.
func corpusIndex(t testing.TB) string {
	t.Helper()
	path, err := filepath.Abs("../../shared/index/simple")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skip("the corpus is not here")
	}
	return path
}

// noPause is a Pause that takes no time.
func noPause(int, time.Duration) time.Duration { return 0 }

func testClient(t testing.TB, o Options) *Client {
	t.Helper()
	if o.Transport == nil {
		transport, err := NewTransport(TransportOptions{Timeout: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(transport.CloseIdleConnections)
		o.Transport = http.RoundTripper(transport)
	}
	if o.Pause == nil {
		o.Pause = noPause
	}
	return New(o)
}

func TestFolder(t *testing.T) {
	c := testClient(t, Options{})
	src := Sources{Indexes: []string{corpusIndex(t)}}
	a := c.Ask(context.Background(), src, "NumPy", "1.26.4")
	if err := a.Err(); err != nil {
		t.Fatal(err)
	}
	if !a.Known || len(a.Files()) != 36 {
		t.Errorf("known %v, %d files, want 36", a.Known, len(a.Files()))
	}
	if a := c.Ask(context.Background(), src, "no-such-project", "1"); a.Known || a.Err() != nil {
		t.Errorf("got %+v, want an unknown project and no error", a)
	}
}
