package packaging

import (
	"fmt"
	"strconv"
)

// Tag says what a wheel runs on: cp311-cp311-manylinux_2_17_x86_64 (PEP 425).
type Tag struct{ Python, ABI, Platform string }

func (t Tag) String() string { return t.Python + "-" + t.ABI + "-" + t.Platform }

// Tags returns every tag of a wheel that the target can run, the best first, as pip's get_supported does there.
func (t Target) Tags() []Tag {
	platforms := t.platforms()
	var tags []Tag
	all := func(python, abi string) {
		for _, platform := range platforms {
			tags = append(tags, Tag{python, abi, platform})
		}
	}
	python, stable, abi := t.interpreter(), "abi3", t.abi()
	if t.threaded {
		stable = "abi3t"
	}
	if t.minor < 8 {
		abi += "m" // pymalloc, then a flag of the ABI
	}
	all(python, abi)
	all(python, stable)
	all(python, "none")
	for minor := t.minor - 1; minor >= 2; minor-- { // the stable ABI came with 3.2
		all("cp3"+strconv.Itoa(minor), stable)
	}
	pythons := []string{"py3" + strconv.Itoa(t.minor), "py3"}
	for minor := t.minor - 1; minor >= 0; minor-- {
		pythons = append(pythons, "py3"+strconv.Itoa(minor))
	}
	for _, python := range pythons {
		all(python, "none")
	}
	for _, python := range append([]string{python}, pythons...) {
		tags = append(tags, Tag{python, "none", "any"})
	}
	return tags
}

// platforms returns the platform tags that the target takes, the best first.
func (t Target) platforms() []string {
	switch t.system {
	case linux:
		return t.glibcPlatforms()
	case musllinux:
		all := []string{"linux_" + t.arch}
		for low := t.low; low >= 0; low-- {
			all = append(all, fmt.Sprintf("musllinux_%d_%d_%s", t.major, low, t.arch))
		}
		return all
	case macos:
		return t.macPlatforms()
	case windows:
		return []string{t.arch}
	}
	return nil
}

// glibcPlatforms returns the tags of PEP 600 and, beside the glibc that each stands for, the older names.
func (t Target) glibcPlatforms() []string {
	oldest := 17
	if t.arch == "x86_64" || t.arch == "i686" {
		oldest = 5
	}
	older := map[int]string{17: "manylinux2014_", 12: "manylinux2010_", 5: "manylinux1_"}
	all := []string{"linux_" + t.arch}
	for low := t.low; low >= oldest; low-- {
		all = append(all, fmt.Sprintf("manylinux_2_%d_%s", low, t.arch))
		if name := older[low]; name != "" {
			all = append(all, name+t.arch)
		}
	}
	return all
}

// macPlatforms returns the tags of each macOS down from the target's. Since 11 only the first number counts; what was built for 10 runs on with
// Intel's processors, and as the Intel half of a universal2 file it keeps its tag everywhere.
func (t Target) macPlatforms() []string {
	var all []string
	add := func(major, low int, formats ...string) {
		for _, format := range formats {
			all = append(all, fmt.Sprintf("macosx_%d_%d_%s", major, low, format))
		}
	}
	intel := []string{"x86_64", "intel", "fat64", "fat3", "universal2", "universal"}
	if t.major == 10 {
		for low := t.low; low >= 4; low-- { // the first with 64 bits
			add(10, low, intel...)
		}
		return all
	}
	for major := t.major; major >= 11; major-- {
		if t.arch == "x86_64" {
			add(major, 0, intel...)
		} else {
			add(major, 0, t.arch, "universal2")
		}
	}
	for low := 16; low >= 4; low-- {
		if t.arch == "x86_64" {
			add(10, low, intel...)
		} else {
			add(10, low, "universal2")
		}
	}
	return all
}

// Ranking has the place of each tag that a target takes, from 0, the best.
type Ranking map[Tag]int

// Ranking returns the places of the target's tags, to judge many files by.
func (t Target) Ranking() Ranking {
	ranking := Ranking{}
	for i, tag := range t.Tags() {
		if _, ok := ranking[tag]; !ok {
			ranking[tag] = i
		}
	}
	return ranking
}

// Best returns the best place of a wheel's tags, and whether the target takes the wheel at all.
func (r Ranking) Best(f Filename) (place int, ok bool) {
	for _, python := range f.Python {
		for _, abi := range f.ABI {
			for _, platform := range f.Platform {
				if at, found := r[Tag{python, abi, platform}]; found && (!ok || at < place) {
					place, ok = at, true
				}
			}
		}
	}
	return place, ok
}
