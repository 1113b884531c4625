// Bench measures reqhash as whole processes, each figure beside a floor or a
// peer that runs in turn with it on the same files, and prints ratios.
//
//	go run ./testdata/bench                        what needs nothing else
//	go run ./testdata/bench -corpus DIR -index DIR the real pins
//	go run ./testdata/bench -peers DIR             peers from the virtual environment DIR
//	go run ./testdata/bench -curves docs/speed.svg how a warm check grows
//
// README.md says what is measured, and how.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == measureWord {
		if err := measureOne(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one run of the suite.
type bench struct {
	out      io.Writer
	runs     int
	only     *regexp.Regexp
	material *material
	index    *index
	reqhash  string            // the program
	floors   map[string]string // programs
	peers    string            // folder of programs, "" for none
	dir      string            // of what is made
	services int
}

func run(args []string, out io.Writer) (err error) {
	b := &bench{out: out, floors: map[string]string{}}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	corpus := flags.String("corpus", "", "folder of real requirements files with their verdicts")
	pages := flags.String("index", "", "folder of index pages for the corpus")
	only := flags.String("only", "", "only figures whose name matches this regular expression")
	curves := flags.String("curves", "", "draw how a warm check grows into this SVG, and measure nothing else")
	write := flags.String("write", "", "only write the services to this folder")
	address := flags.String("serve", "", "only serve the index at this address, such as 127.0.0.1:8080")
	flags.IntVar(&b.runs, "runs", 7, "counted runs of each command")
	flags.IntVar(&b.services, "services", 1000, "services of 200 pins")
	flags.StringVar(&b.reqhash, "reqhash", "", "program to measure; empty builds this tree's")
	flags.StringVar(&b.peers, "peers", "", "virtual environment with uv, hashin and pip")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if b.only, err = regexp.Compile(*only); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if *corpus != "" {
		b.material, err = loadCorpus(*corpus, *pages)
	} else {
		b.material, err = loadTestdata(filepath.Join("testdata", "index"))
	}
	if err != nil {
		return err
	}
	if *write != "" {
		w, err := b.material.services(*write, b.services, 200, false, b.material.pins)
		if err == nil {
			fmt.Fprintln(out, w)
		}
		return err
	}
	b.material.inflate()
	wheels := b.material.addWheels()
	if b.index, err = serve(cmp.Or(*address, "127.0.0.1:0"), b.material.pages, wheels); err != nil {
		return err
	}
	if *address != "" {
		fmt.Fprintln(out, b.index.simple(0))
		select {}
	}
	if err := b.build(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s/%s, %d cores, %s; %d runs of each command after one that does not count\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), b.runs)
	fmt.Fprintf(out, "workload: %s: %d pins of %d projects\n", b.material.from, len(b.material.pins), len(b.material.pages)-wheelCount)
	fmt.Fprintln(out, "dependencies are checked: from metadata files of the local index when cold, from the cache when warm")
	if *curves != "" {
		return b.drawCurves(*curves)
	}
	return b.figures()
}

// build makes the programs: reqhash as it is, without cgo, and the floors.
func (b *bench) build() error {
	build := func(path, pkg string) error {
		c := exec.Command("go", "build", "-trimpath", "-o", path, pkg)
		c.Env = append(os.Environ(), "CGO_ENABLED=0")
		c.Stderr = os.Stderr
		return c.Run()
	}
	for _, name := range []string{"empty", "lines", "gets", "rewrite"} {
		b.floors[name] = filepath.Join(b.dir, "bin", name)
		if err := build(b.floors[name], "./testdata/bench/floors/"+name); err != nil {
			return fmt.Errorf("building %s: %w", name, err)
		}
	}
	if b.reqhash == "" {
		b.reqhash = filepath.Join(b.dir, "bin", "reqhash")
		if err := build(b.reqhash, "."); err != nil {
			return fmt.Errorf("building reqhash: %w", err)
		}
	}
	var err error
	b.reqhash, err = filepath.Abs(b.reqhash)
	return err
}

// peer returns the path of a peer's program, or "" where it is not to be had.
func (b *bench) peer(name string) string {
	if b.peers == "" {
		return ""
	}
	path, err := filepath.Abs(filepath.Join(b.peers, "bin", name))
	if err != nil {
		return ""
	}
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}
