package packaging

import (
	"cmp"
	"strings"
)

// Compare returns -1, 0 or +1 as v is before, equal to, or after w in the order of PEP 440. Zeros at the end of the release do not count;
// a local label comes after none.
func (v Version) Compare(w Version) int {
	if v.text == w.text {
		return 0
	}
	if v.text == "" || w.text == "" {
		return cmp.Compare(len(v.text), len(w.text))
	}
	return cmp.Or(
		compareNumbers(v.epochNumber(), w.epochNumber()),
		compareReleases(v.releaseText(), w.releaseText()),
		v.stage().compare(w.stage()),
		compareLocals(v.Local(), w.Local()),
	)
}

func (v Version) epochNumber() string {
	if v.epoch == 0 {
		return "0"
	}
	return v.text[:v.epoch-1]
}

func (v Version) releaseText() string { return v.text[v.epoch:v.release] }

// compareNumbers compares decimal digits without leading zeros as numbers.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// compareReleases compares number by number; what one of them lacks is 0.
func compareReleases(a, b string) int {
	for i, j := 0, 0; i < len(a) || j < len(b); {
		m, n := "0", "0"
		if i < len(a) {
			end := digits(a, i)
			m, i = a[i:end], end+1
		}
		if j < len(b) {
			end := digits(b, j)
			n, j = b[j:end], end+1
		}
		if m != n {
			return compareNumbers(m, n)
		}
	}
	return 0
}

// startsRelease tells whether the release a, taken to go on with zeros for ever, begins with the numbers of prefix.
func startsRelease(a, prefix string) bool {
	for i, j := 0, 0; j < len(prefix); {
		m := "0"
		if i < len(a) {
			end := digits(a, i)
			m, i = a[i:end], end+1
		}
		end := digits(prefix, j)
		if m != prefix[j:end] {
			return false
		}
		j = end + 1
	}
	return true
}

// stage is what orders the versions of one release.
type stage struct {
	pre  int // 0 a development release of the release itself, 1 a, 2 b, 3 rc, 4 no pre-release
	preN string
	post string // "" none
	dev  string // "" none
}

func (v Version) stage() stage {
	s := stage{pre: 4}
	if v.post > v.pre {
		s.post = v.text[int(v.pre)+len(".post") : v.post]
	}
	if v.dev > v.post {
		s.dev = v.text[int(v.post)+len(".dev") : v.dev]
	}
	if v.pre > v.release {
		switch pre := v.text[v.release:v.pre]; pre[0] {
		case 'a':
			s.pre, s.preN = 1, pre[1:]
		case 'b':
			s.pre, s.preN = 2, pre[1:]
		default:
			s.pre, s.preN = 3, pre[len("rc"):]
		}
	} else if s.post == "" && s.dev != "" {
		s.pre = 0
	}
	return s
}

func (s stage) compare(t stage) int {
	if c := cmp.Or(cmp.Compare(s.pre, t.pre), compareNumbers(s.preN, t.preN), compareNumbers(s.post, t.post)); c != 0 {
		return c
	}
	switch {
	case s.dev == t.dev:
		return 0
	case s.dev == "":
		return +1
	case t.dev == "":
		return -1
	}
	return compareNumbers(s.dev, t.dev)
}

// compareLocals compares canonical local labels piece by piece: a word before a number, words as text, and a label before one that goes on.
func compareLocals(a, b string) int {
	for a != b {
		if a == "" || b == "" {
			return cmp.Compare(len(a), len(b))
		}
		var m, n string
		m, a, _ = strings.Cut(a, ".")
		n, b, _ = strings.Cut(b, ".")
		if m == n {
			continue
		}
		mNumber, nNumber := digits(m, 0) == len(m), digits(n, 0) == len(n)
		switch {
		case mNumber && nNumber:
			return compareNumbers(m, n)
		case mNumber:
			return +1
		case nNumber:
			return -1
		}
		return strings.Compare(m, n)
	}
	return 0
}
