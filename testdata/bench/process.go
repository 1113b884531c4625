package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// command is a whole process to measure.
type command struct {
	argv   []string
	dir    string
	before func() error // run before each, not measured
	status []int        // exit statuses that are right; none: 0 alone
}

// cost is what one process took.
type cost struct {
	Wall   time.Duration
	CPU    time.Duration // user and system
	Peak   int64         // bytes of memory
	Status int
}

// measureWord makes this program run one command and print its cost. A process
// inherits the peak memory of the one that starts it, and this one holds an
// index: so a small one stands between.
const measureWord = "measure-one"

func measureOne(argv []string) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	c := exec.Command(argv[0], argv[1:]...)
	c.Stdin, c.Stdout, c.Stderr = null, null, null
	began := time.Now()
	err = c.Run()
	took := cost{Wall: time.Since(began)}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	took.CPU = c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	took.Status = c.ProcessState.ExitCode()
	if usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		took.Peak = int64(usage.Maxrss)
		if runtime.GOOS != "darwin" {
			took.Peak <<= 10 // KiB
		}
	}
	return json.NewEncoder(os.Stdout).Encode(took)
}

func (c command) run() (cost, error) {
	var took cost
	if c.before != nil {
		if err := c.before(); err != nil {
			return took, err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return took, err
	}
	p := exec.Command(self, append([]string{measureWord}, c.argv...)...)
	p.Dir = c.dir
	p.Env = append(os.Environ(), "PIP_CONFIG_FILE="+os.DevNull, "PIP_DISABLE_PIP_VERSION_CHECK=1", "NO_COLOR=1")
	p.Stderr = os.Stderr
	out, err := p.Output()
	if err != nil {
		return took, fmt.Errorf("measuring %s: %w", c.argv[0], err)
	}
	if err := json.Unmarshal(out, &took); err != nil {
		return took, err
	}
	right := c.status
	if len(right) == 0 {
		right = []int{0}
	}
	if !slices.Contains(right, took.Status) {
		return took, fmt.Errorf("%v ends in %d", c.argv, took.Status)
	}
	return took, nil
}

// inTurn runs the commands one after the other, once without counting and then
// as often as asked: what slows the machine slows all of them. The result has
// the runs of each command.
func inTurn(runs int, list ...command) ([][]cost, error) {
	costs := make([][]cost, len(list))
	for n := -1; n < runs; n++ {
		for i, c := range list {
			took, err := c.run()
			if err != nil {
				return nil, err
			}
			if n >= 0 {
				costs[i] = append(costs[i], took)
			}
		}
	}
	return costs, nil
}

// median of what each run tells.
func median[T int64 | float64 | time.Duration](n int, of func(i int) T) T {
	list := make([]T, n)
	for i := range list {
		list[i] = of(i)
	}
	slices.Sort(list)
	return list[n/2]
}
