package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// figures measures everything, and prints a line for each.
func (b *bench) figures() error {
	var failed error
	for _, f := range []struct {
		name    string
		measure func(*bench) error
	}{
		{"version", (*bench).version},
		{"warm-1000", (*bench).warmMany},
		{"warm-once", (*bench).warmOnce},
		{"warm-one", (*bench).warmOne},
		{"warm-40", (*bench).warm40},
		{"cold-184", func(b *bench) error { return b.cold(184) }},
		{"cold-638", func(b *bench) error { return b.cold(638) }},
		{"uv-one", (*bench).uvOne},
		{"uv-40", (*bench).uv40},
		{"hashin", (*bench).hashin},
		{"pip", (*bench).pip},
		{"fix-nothing", (*bench).fixNothing},
		{"fix-all", (*bench).fixAll},
	} {
		if !b.only.MatchString(f.name) {
			continue
		}
		if err := f.measure(b); err != nil {
			fmt.Fprintf(b.out, "%-12s not measured: %v\n", f.name, err)
			failed = errors.Join(failed, fmt.Errorf("%s: %w", f.name, err))
		}
	}
	return failed
}

// ratio prints how the first command stands beside the sum of the others.
func (b *bench) ratio(name, what, beside string, aim func(ratio float64, more time.Duration) (string, bool), list ...command) error {
	costs, err := inTurn(b.runs, list...)
	if err != nil {
		return err
	}
	n := len(costs[0])
	others := func(i int) (sum time.Duration) {
		for _, c := range costs[1:] {
			sum += c[i].Wall
		}
		return sum
	}
	ours := median(n, func(i int) time.Duration { return costs[0][i].Wall })
	theirs := median(n, others)
	ratio := median(n, func(i int) float64 { return float64(costs[0][i].Wall) / float64(others(i)) })
	more := median(n, func(i int) time.Duration { return costs[0][i].Wall - others(i) })
	cpu := median(n, func(i int) time.Duration { return costs[0][i].CPU })
	peak := median(n, func(i int) int64 { return costs[0][i].Peak })
	want, reached := aim(ratio, more)
	mark := "short of it"
	if reached {
		mark = "reached"
	}
	fmt.Fprintf(b.out, "%-12s %s: %s (cpu %s, peak %.0f MiB) beside %s: %s: ratio %.2f (1/%.2f), difference %s; to reach %s: %s\n",
		name, what, show(ours), show(cpu), float64(peak)/(1<<20), beside, show(theirs), ratio, 1/ratio, show(more), want, mark)
	return nil
}

func show(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

func atMost(most float64) func(float64, time.Duration) (string, bool) {
	return func(ratio float64, _ time.Duration) (string, bool) {
		return fmt.Sprintf("at most %.1f times", most), ratio <= most
	}
}

func faster(times float64) func(float64, time.Duration) (string, bool) {
	return func(ratio float64, _ time.Duration) (string, bool) {
		return fmt.Sprintf("%.0f times faster", times), 1/ratio >= times
	}
}

func within(most time.Duration) func(float64, time.Duration) (string, bool) {
	return func(_ float64, more time.Duration) (string, bool) {
		return fmt.Sprintf("at most %s more", show(most)), more <= most
	}
}

// judged are the exit statuses of a check that found nothing or warnings.
var judged = []int{0}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// check is reqhash over a folder, with the cache of that name.
func (b *bench) check(verb, dir, cache string, latency time.Duration, more ...string) command {
	argv := append([]string{b.reqhash, verb, "--index-url", b.index.simple(latency), "--cache-dir", b.path(cache)}, more...)
	return command{argv: append(argv, "."), dir: dir, status: judged}
}

// warmed runs a check once, so that its cache is filled, and tells how much was
// asked then and after it.
func (b *bench) warmed(name string, c command) error {
	b.index.take()
	if _, err := c.run(); err != nil {
		return err
	}
	cold := len(b.index.take())
	if _, err := c.run(); err != nil {
		return err
	}
	fmt.Fprintf(b.out, "%-12s requests: %d cold, %d warm\n", name, cold, len(b.index.take()))
	return nil
}

func (b *bench) version() error {
	return b.ratio("version", "reqhash version", "an empty Go program", within(3*time.Millisecond),
		command{argv: []string{b.reqhash, "version"}}, command{argv: []string{b.floors["empty"]}})
}

func (b *bench) warm(name, what string, n, size int, pins []pin, aim func(float64, time.Duration) (string, bool)) error {
	dir := b.path(name)
	w, err := b.material.services(dir, n, size, false, pins)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	check := b.check("check", dir, name+"-cache", 0)
	if err := b.warmed(name, check); err != nil {
		return err
	}
	fmt.Fprintf(b.out, "%-12s %v; peak memory to reach: at most %.0f MiB\n", name, w, float64(w.bytes)/(1<<20)+100)
	return b.ratio(name, what, "lines counted", aim, check, command{argv: []string{b.floors["lines"], "."}, dir: dir})
}

func (b *bench) warmMany() error {
	return b.warm("warm-1000", fmt.Sprintf("warm check of %d services of 200 pins", b.services), b.services, 200, b.material.pins, atMost(4))
}

// warmOnce is warmMany without the hashes that real lists repeat: forty findings a
// service less to tell.
func (b *bench) warmOnce() error {
	return b.warm("warm-once", fmt.Sprintf("the same %d services, each hash once", b.services), b.services, 200, b.material.once(), atMost(4))
}

func (b *bench) warmOne() error {
	return b.warm("warm-one", "warm check of a service of 184 pins", 1, 184, b.material.pins, within(10*time.Millisecond))
}

func (b *bench) warm40() error {
	return b.warm("warm-40", "warm check of 40 services of 2,100 pins together", 40, 52, b.material.pins, within(10*time.Millisecond))
}

// cold asks about n projects with nothing kept, beside the same requests.
func (b *bench) cold(n int) error {
	name := fmt.Sprintf("cold-%d", n)
	dir := b.path(name)
	if _, err := b.material.services(dir, 1, n, false, b.material.pins); err != nil {
		return err
	}
	for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
		check := b.check("check", dir, name+"-cache", latency)
		check.before = func() error { return os.RemoveAll(b.path(name + "-cache")) }
		b.index.take()
		if _, err := check.run(); err != nil {
			return err
		}
		urls := b.index.take()
		list := b.path(name + "-urls")
		if err := os.WriteFile(list, []byte(strings.Join(urls, "\n")), 0o666); err != nil {
			return err
		}
		most := 1.6
		if latency > 0 {
			most = 1.2
		}
		what := fmt.Sprintf("cold check of %d projects, latency %s", n, show(latency))
		if err := b.ratio(name, what, fmt.Sprintf("the same %d GETs", len(urls)), atMost(most), check, command{argv: []string{b.floors["gets"], list}}); err != nil {
			return err
		}
	}
	return nil
}

// missing is the error for a peer that is not there.
func missing(name string) error {
	return fmt.Errorf("%s is not there: pip install %s into the environment of -peers", name, name)
}

// uv compiles one file after the other, as it does one file at a time.
func (b *bench) uv(dir string, cold bool) (command, error) {
	uv, python := b.peer("uv"), b.peer("python")
	if uv == "" || python == "" {
		return command{}, missing("uv")
	}
	cache := b.path("uv-cache")
	script := `for f in services/*/requirements.txt; do "$0" pip compile -q --generate-hashes --no-deps --no-header --no-annotate -p "$1" --cache-dir "$2" --default-index "$3" "$f" -o /dev/null || exit 1; done`
	c := command{argv: []string{"/bin/sh", "-c", script, uv, python, cache, b.index.simple(0)}, dir: dir}
	if cold {
		c.before = func() error { return os.RemoveAll(cache) }
	}
	return c, nil
}

func (b *bench) besideUV(name string, n, size int, cold, warm float64) error {
	dir := b.path(name)
	pins := b.material.resolvable()
	if _, err := b.material.services(dir, n, size, false, pins); err != nil {
		return err
	}
	for _, c := range []struct {
		word  string
		cold  bool
		times float64
	}{{"cold", true, cold}, {"warm", false, warm}} {
		theirs, err := b.uv(dir, c.cold)
		if err != nil {
			return err
		}
		ours := b.check("check", dir, name+"-cache", 0)
		if c.cold {
			ours.before = func() error { return os.RemoveAll(b.path(name + "-cache")) }
		}
		if err := b.ratio(name, fmt.Sprintf("%s check of %d service(s) of %d pins", c.word, n, min(size, len(pins))), "uv pip compile, once a file", faster(c.times), ours, theirs); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) uvOne() error { return b.besideUV("uv-one", 1, 184, 2, 3) }
func (b *bench) uv40() error  { return b.besideUV("uv-40", 40, 52, 4, 40) }

// hashin writes the hashes of all pins of a file, one process.
func (b *bench) hashin() error {
	hashin := b.peer("hashin")
	if hashin == "" {
		return missing("hashin")
	}
	ours, theirs := b.path("hashin-ours"), b.path("hashin-theirs")
	pins := b.material.pins
	restore := func(dir string) func() error {
		return func() error {
			if err := os.RemoveAll(b.path("hashin-cache")); err != nil {
				return err
			}
			_, err := b.material.services(dir, 1, 184, true, pins)
			return err
		}
	}
	if err := restore(theirs)(); err != nil {
		return err
	}
	file := filepath.Join("services", "s00000", "requirements.txt")
	src, err := os.ReadFile(filepath.Join(theirs, file))
	if err != nil {
		return err
	}
	argv := []string{hashin, "-r", file, "--index-url", b.index.address}
	argv = append(argv, strings.Fields(strings.TrimPrefix(string(src), "# Made for measuring, of real pins.\n"))...)
	if err := os.MkdirAll(filepath.Join(ours, "services"), 0o777); err != nil {
		return err
	}
	fix := b.check("fix", ours, "hashin-cache", 0, "--require-hashes")
	fix.before = restore(ours)
	return b.ratio("hashin", "cold fix of 184 pins without hashes", "hashin, one process", faster(5), fix,
		command{argv: argv, dir: theirs, before: restore(theirs)})
}

// pip resolves a file of wheels made here, and downloads them.
func (b *bench) pip() error {
	pip := b.peer("pip")
	if pip == "" {
		return missing("pip")
	}
	dir := b.path("pip")
	if _, err := b.material.services(dir, 1, wheelCount, false, b.material.wheelPins()); err != nil {
		return err
	}
	file := filepath.Join("services", "s00000", "requirements.txt")
	ours := b.check("check", dir, "pip-cache", 0)
	ours.before = func() error { return os.RemoveAll(b.path("pip-cache")) }
	return b.ratio("pip", fmt.Sprintf("cold check of %d pins", wheelCount), "pip install --dry-run --require-hashes", faster(30), ours,
		command{argv: []string{pip, "install", "--quiet", "--ignore-installed", "--no-cache-dir", "--dry-run", "--require-hashes", "--index-url", b.index.simple(0), "-r", file}, dir: dir})
}

func (b *bench) fixNothing() error {
	dir := b.path("fix")
	if _, err := b.material.services(dir, b.services, 200, false, b.material.pins); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	check, fix := b.check("check", dir, "fix-cache", 0), b.check("fix", dir, "fix-cache", 0)
	if err := b.warmed("fix-nothing", check); err != nil {
		return err
	}
	return b.ratio("fix-nothing", fmt.Sprintf("warm fix of %d right services", b.services), "check", atMost(1.2), fix, check)
}

// fixAll changes every file: fix beside a check and a program that writes the
// same bytes.
func (b *bench) fixAll() error {
	whole, dir := b.path("whole"), b.path("broken")
	if _, err := b.material.services(whole, b.services, 200, false, b.material.pins); err != nil {
		return err
	}
	if err := b.breakAll(whole, dir); err != nil {
		return err
	}
	defer os.RemoveAll(whole)
	defer os.RemoveAll(dir)
	fix := b.check("fix", dir, "fix-all-cache", 0)
	if err := b.warmed("fix-all", fix); err != nil {
		return err
	}
	fix.before = func() error { return b.breakAll(whole, dir) }
	return b.ratio("fix-all", fmt.Sprintf("warm fix of %d services, each to be changed", b.services), "check, and the same bytes written", atMost(1.5), fix,
		b.check("check", whole, "fix-all-cache", 0), command{argv: []string{b.floors["rewrite"], whole}})
}

// breakAll copies the services and takes the hashes off one requirement of each.
func (b *bench) breakAll(from, to string) error {
	paths, err := filepath.Glob(filepath.Join(from, "services", "*", "requirements.txt"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text := string(src)
		at := strings.Index(text, " \\\n    --hash=")
		end := at
		for strings.HasPrefix(text[end:], " \\\n    --hash=") {
			end += len(" \\\n    --hash=")
			end += strings.IndexAny(text[end:], " \n")
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, rel)), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, rel), []byte(text[:at]+text[end:]), 0o666); err != nil {
			return err
		}
	}
	return exec.Command("sync").Run()
}
