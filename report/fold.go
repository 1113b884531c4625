package report

import (
	"fmt"
	"hash/maphash"
	"math/bits"
	"strings"
	"sync"
)

// entry is a finding with those that are folded into it.
type entry struct {
	*Finding
	same  []*Finding // say the same elsewhere
	alike []*Finding // say the same of other requirements of the file
}

// So many findings that say the same are still told one by one.
const (
	mostSame  = 3
	mostAlike = 5
)

// fold brings together what says the same: of different places (500 services
// with one wrong pin), or of different requirements of one file. The first
// stands for all. With all set nothing is folded; else notes are left out.
func fold(findings []Finding, all bool) []entry {
	told := make([]*Finding, 0, len(findings))
	for i := range findings {
		if f := &findings[i]; all || f.Level != Note {
			told = append(told, f)
		}
	}
	entries := make([]entry, 0, len(told))
	if all {
		for _, f := range told {
			entries = append(entries, entry{Finding: f})
		}
		return entries
	}
	var same, alike *kinds
	var both sync.WaitGroup
	both.Go(func() { same = kindsOf(told, (*Finding).saying) })
	both.Go(func() { alike = kindsOf(told, (*Finding).pattern) })
	both.Wait()
	for i, f := range told {
		if k := &same.list[same.of[i]]; k.count > mostSame {
			if k.entry >= 0 {
				e := &entries[k.entry]
				e.same = append(e.same, f)
				continue
			}
			k.entry = int32(len(entries))
		} else if k := &alike.list[alike.of[i]]; k.count > mostAlike {
			if k.entry >= 0 {
				e := &entries[k.entry]
				e.alike = append(e.alike, f)
				continue
			}
			k.entry = int32(len(entries))
		}
		entries = append(entries, entry{Finding: f})
	}
	return entries
}

// words are what two findings must have in common to be of one kind.
type words struct {
	path, rule, name, version, before, after, help string
	level                                          Level
	fixed                                          bool
}

// saying is all that a finding says but where, its own path in the help included.
func (f *Finding) saying() words {
	w := words{rule: f.Rule, name: f.Name, version: f.Version, before: f.Message, help: f.Help, level: f.Level, fixed: f.Fixed}
	if f.Path != "" && len(f.Path) <= len(f.Help) {
		w.help = strings.ReplaceAll(f.Help, f.Path, "\x01")
	}
	return w
}

// pattern is what a finding says, without what it is about.
func (f *Finding) pattern() words {
	if f.Name == "" {
		w := f.saying()
		w.path = f.Path
		return w
	}
	w := words{path: f.Path, rule: f.Rule, before: f.Message, level: f.Level, fixed: f.Fixed}
	if strings.Contains(f.Message, strings.TrimSpace(f.Name)) { // else the subject need not be put together
		var found bool
		if w.before, w.after, found = strings.Cut(f.Message, f.subject()); found {
			w.name = "\x01" // between the two
		}
	}
	return w
}

func (f *Finding) subject() string { return strings.TrimSpace(f.Name + " " + f.Version) }

// kinds counts findings that have the same words. It keeps no words: a kind is
// known by a hash of them, and told from others of that hash by its first finding.
type kinds struct {
	words func(*Finding) words
	hash  hasher
	heads []int32 // by the last bits of a hash: the latest kind of it, or -1
	list  []kind
	of    []int32 // the kind of each finding, as they were counted
}

type kind struct {
	first *Finding
	sum   uint64
	count int32
	entry int32 // where in the entries the first stands; -1: not yet
	prior int32 // the kind before it under the same head; -1: there is none
}

// kindsOf counts the findings by the words that each is given.
func kindsOf(findings []*Finding, words func(*Finding) words) *kinds {
	k := &kinds{words: words, hash: newHasher(), list: make([]kind, 0, len(findings)), of: make([]int32, 0, len(findings))}
	k.heads = make([]int32, 1<<bits.Len(uint(len(findings))))
	for i := range k.heads {
		k.heads[i] = -1
	}
	for _, f := range findings {
		i := k.kindOf(f)
		k.list[i].count++
		k.of = append(k.of, i)
	}
	return k
}

func (k *kinds) kindOf(f *Finding) int32 {
	w := k.words(f)
	sum := k.hash.sum(&w)
	head := &k.heads[sum&uint64(len(k.heads)-1)]
	for i := *head; i >= 0; i = k.list[i].prior {
		if k.list[i].sum == sum && k.words(k.list[i].first) == w {
			return i
		}
	}
	i := int32(len(k.list))
	k.list = append(k.list, kind{first: f, sum: sum, entry: -1, prior: *head})
	*head = i
	return i
}

// hasher hashes words. Most are those of the finding before, and hashed once.
type hasher struct {
	seed maphash.Seed
	last [8]string
	sums [8]uint64
}

// newHasher returns a hasher that has met empty words, so that what it says of
// them does not depend on what came before.
func newHasher() hasher {
	h := hasher{seed: maphash.MakeSeed()}
	for i := range h.sums {
		h.sums[i] = maphash.String(h.seed, "")
	}
	return h
}

func (h *hasher) sum(w *words) uint64 {
	const odd = 0x9e3779b97f4a7c15 // so that the order counts
	var sum uint64
	for i, s := range [...]string{w.path, w.rule, w.name, w.version, w.before, w.after, w.help, string(w.level)} {
		if s != h.last[i] {
			h.last[i], h.sums[i] = s, maphash.String(h.seed, s)
		}
		sum = (sum ^ h.sums[i]) * odd
	}
	return sum ^ sum>>32
}

// lines name what is folded.
func (e entry) lines() []string {
	const (
		places   = 3
		subjects = 40
	)
	var lines []string
	if n := len(e.same); n > 0 {
		var list []string
		for _, f := range e.same[:min(n, places)] {
			list = append(list, fmt.Sprintf("%s:%d:%d", f.Path, f.Line, f.Column))
		}
		line := "and the same at " + strings.Join(list, ", ")
		if n > places {
			line += fmt.Sprintf(" and %s (-v shows them)", count(n-places, "more place", "more places"))
		}
		lines = append(lines, line)
	}
	if n := len(e.alike); n > 0 {
		var list []string
		for _, f := range e.alike[:min(n, subjects)] {
			list = append(list, fmt.Sprintf("%s (line %d)", f.subject(), f.Line))
		}
		line := fmt.Sprintf("and %d more like it: %s", n, strings.Join(list, ", "))
		if n > subjects {
			line += fmt.Sprintf(" and %d more (-v shows them)", n-subjects)
		}
		lines = append(lines, line)
	}
	return lines
}
