package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// needs returns the path of a program, or skips: where REQHASH_E2E is set it
// must be there.
func needs(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("REQHASH_E2E") != "" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}

// built builds the tool, and returns its path.
func built(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "reqhash")
	cmd := exec.Command("go", "build", "-o", path, ".")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// terminal is a session of tmux: a real terminal whose screen can be looked at.
type terminal struct {
	t            *testing.T
	tmux, socket string
}

func newTerminal(t *testing.T, columns int, command string) *terminal {
	term := &terminal{t, needs(t, "tmux"), filepath.Join(t.TempDir(), "s")}
	term.do("-f", os.DevNull, "new-session", "-d", "-x", fmt.Sprint(columns), "-y", "200", "sh")
	t.Cleanup(func() { term.do("kill-server") })
	term.do("set-option", "history-limit", "10000")
	term.do("send-keys", "PS1=''; clear; "+command+"; echo 'done: '$?", "Enter")
	return term
}

func (term *terminal) do(args ...string) string {
	term.t.Helper()
	cmd := exec.Command(term.tmux, append([]string{"-S", term.socket}, args...)...)
	cmd.Env = append(os.Environ(), "TERM=screen-256color", "CI=", "NO_COLOR=", "FORCE_COLOR=", "PIP_CONFIG_FILE="+os.DevNull, "REQHASH_NO_CACHE=true")
	out, err := cmd.CombinedOutput()
	if err != nil {
		term.t.Fatalf("tmux %q: %v: %s", args, err, out)
	}
	return string(out)
}

// screen waits until something is to be seen, and returns all that is.
func (term *terminal) screen(want string, colors bool) string {
	term.t.Helper()
	args := []string{"capture-pane", "-p"}
	if colors {
		args = append(args, "-e")
	}
	const patience = 20 * time.Second
	for end := time.Now().Add(patience); ; {
		screen := strings.TrimRight(term.do(args...), "\n ")
		if strings.Contains(ansi.Strip(screen), want) {
			return screen
		}
		if time.Now().After(end) {
			term.t.Fatalf("%q is not to be seen after %v:\n%s", want, patience, screen)
		}
		time.Sleep(20 * time.Millisecond) // the terminal is another process; it tells nobody
	}
}

// In a terminal of any width nothing wraps badly: a line that the terminal had
// to break would be as wide as it.
func TestTerminalWidths(t *testing.T) {
	needs(t, "tmux")
	bin := built(t)
	for _, columns := range []int{60, 80, 200} {
		for _, color := range []string{"never", "always"} {
			t.Run(fmt.Sprintf("%d columns, colour %s", columns, color), func(t *testing.T) {
				term := newTerminal(t, columns, bin+" check --color "+color+" testdata/acgs")
				screen := term.screen("done: 1", true)
				if got := strings.Contains(screen, "\x1b["); got != (color == "always") {
					t.Errorf("it has colours: %t", got)
				}
				for line := range strings.Lines(ansi.Strip(screen)) {
					line = strings.TrimRight(line, "\n ")
					if ansi.StringWidth(line) >= columns {
						t.Errorf("%q fills the line", line)
					}
				}
				if !strings.Contains(ansi.Strip(screen), "sha256:f25e2811a9c9…") {
					t.Errorf("the digest is not to be found:\n%s", screen)
				}
			})
		}
	}
}

// A slow index shows on the terminal after half a second what is waited for, and
// the line is gone when the answer comes. A quick run, a quiet one and one that
// nobody looks at show nothing.
func TestTerminalProgress(t *testing.T) {
	needs(t, "tmux")
	bin := built(t)
	answer := make(chan struct{})
	release := sync.OnceFunc(func() { close(answer) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-answer:
		case <-r.Context().Done():
		}
		http.NotFound(w, r)
	}))
	defer server.Close()
	defer release()
	file := filepath.Join(t.TempDir(), "requirements.txt")
	if err := os.WriteFile(file, []byte("--require-hashes\nsix==1.17.0\nnumpy==1.0\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	command := fmt.Sprintf("%s check --index-url %s/simple %s", bin, server.URL, file)

	term := newTerminal(t, 100, command)
	screen := term.screen("releases, waiting for ", false)
	if !strings.HasPrefix(strings.TrimLeft(screen, "\n"), "reqhash: 0") {
		t.Errorf("the screen is %q", screen)
	}
	release()
	screen = term.screen("done: ", false)
	if strings.Contains(screen, "waiting") || strings.Contains(screen, " left") {
		t.Errorf("progress is left behind:\n%s", screen)
	}
}
