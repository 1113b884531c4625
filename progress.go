package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/reqhash/reqhash/audit"
	"github.com/reqhash/reqhash/pypi"
	"github.com/reqhash/reqhash/report"
)

// watched is an index that tells on the terminal what it is asked, and what it
// waits for.
type watched struct {
	audit.Index
	now  func() time.Time
	line *report.Progress

	mu          sync.Mutex
	waiting     []string // projects asked about, in the order in which the questions began
	done, total int      // total is 0 where it is not known
}

// Ask asks the index, and says so.
func (x *watched) Ask(ctx context.Context, src pypi.Sources, project, version string) pypi.Answer {
	if x.line == nil { // nobody looks
		return x.Index.Ask(ctx, src, project, version)
	}
	x.change(func() { x.waiting = append(x.waiting, project) })
	defer x.change(func() {
		if x.total == 0 {
			x.done++
		}
		if i := slices.Index(x.waiting, project); i >= 0 {
			x.waiting = slices.Delete(x.waiting, i, i+1)
		}
	})
	return x.Index.Ask(ctx, src, project, version)
}

// of tells how many questions there are; see audit.Options.Progress.
func (x *watched) of(done, total int, _ string) {
	if x.line == nil {
		return
	}
	x.change(func() { x.done, x.total = done, total })
}

func (x *watched) change(f func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f()
	oldest := ""
	if len(x.waiting) > 0 {
		oldest = x.waiting[0]
	}
	x.line.Update(x.now(), "releases", x.done, x.total, oldest)
}

// watch begins to show progress, where somebody looks: on a terminal that can
// redraw a line, outside of CI, and not where only findings are wanted. The
// function that it returns ends that.
func (j *job) watch(index audit.Index) (*watched, func()) {
	x := &watched{Index: index, now: j.world.now}
	terminal := isTerminal(j.world.stderr) && j.world.getenv("TERM") != "dumb" && j.world.getenv("CI") == "" && !j.settings.quiet
	if j.settings.progress == "never" || j.settings.progress == "auto" && !terminal {
		return x, func() {}
	}
	const every = 100 * time.Millisecond
	columns := width(j.world.stderr)
	if columns == 0 {
		columns = 80
	}
	ticker := time.NewTicker(every)
	x.line = report.StartProgress(j.world.stderr, columns, j.world.now(), ticker.C)
	return x, func() {
		ticker.Stop()
		x.line.Stop()
	}
}

// checkProgress refuses what is no value of --progress.
func (s *settings) checkProgress() error {
	if !slices.Contains(colors, s.progress) {
		return usagef("--progress %q: expected %s", s.progress, oneOf(colors))
	}
	return nil
}
