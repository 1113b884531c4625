package packaging

// parts are the pieces of a version as they are written: numbers are decimal digits, perhaps with zeros in front.
type parts struct {
	epoch   string // "" none
	release string // "1.26.4"
	pre     byte   // 'a', 'b', 'r' (a release candidate); 0 none
	preN    string // "" is 0
	post    bool
	postN   string
	dev     bool
	devN    string
	local   string // without "+"; "" none
	end     int    // where the version ends
}

// scanRelease reads "v", the epoch and the release at byte i of s: what every version begins with.
func scanRelease(s string, i int) (p parts, ok bool) {
	p.end = i
	if i < len(s) && s[i]|0x20 == 'v' {
		i++
	}
	end := digits(s, i)
	if end == i {
		return p, false
	}
	if next := end + 1; end < len(s) && s[end] == '!' && digits(s, next) > next {
		p.epoch, i = s[i:end], next
		end = digits(s, i)
	}
	for end+1 < len(s) && s[end] == '.' && isDigit(s[end+1]) {
		end = digits(s, end+1)
	}
	p.release, p.end = s[i:end], end
	return p, true
}

// scanSuffix reads what may follow the release: pre-release, post-release, development release, in this order. Each takes as
// much as it can, as the grammar of PEP 440, appendix B, does; no text is accepted only by taking less.
func (p *parts) scanSuffix(s string) {
	if word, after := letters(s, p.end, preWords[:]); word != "" {
		switch word[0] {
		case 'a', 'b':
			p.pre = word[0]
		default:
			p.pre = 'r'
		}
		p.preN, p.end = number(s, after)
	}
	if end := p.end; end+1 < len(s) && s[end] == '-' && isDigit(s[end+1]) {
		p.end = digits(s, end+1)
		p.post, p.postN = true, s[end+1:p.end]
	} else if word, after := letters(s, p.end, postWords[:]); word != "" {
		p.post = true
		p.postN, p.end = number(s, after)
	}
	if word, after := letters(s, p.end, devWords[:]); word != "" {
		p.dev = true
		p.devN, p.end = number(s, after)
	}
}

// scanLocal reads the local label: "+" and runs of letters and digits with ".", "-" or "_" between.
func (p *parts) scanLocal(s string) {
	if p.end+1 >= len(s) || s[p.end] != '+' || !isAlnum(s[p.end+1]) {
		return
	}
	i := p.end + 1
	for i < len(s) && (isAlnum(s[i]) || isSeparator(s[i]) && i+1 < len(s) && isAlnum(s[i+1])) {
		i++
	}
	p.local, p.end = s[p.end+1:i], i
}

// In each list a word that begins with another one stands before it.
var (
	preWords  = [...]string{"alpha", "beta", "preview", "pre", "a", "b", "c", "rc"}
	postWords = [...]string{"post", "rev", "r"}
	devWords  = [...]string{"dev"}
)

// letters reads a separator, if there is one, and one of words, in either case, at byte i. word is "" if there is none.
func letters(s string, i int, words []string) (word string, end int) {
	if i < len(s) && isSeparator(s[i]) {
		i++
	}
	if i >= len(s) || !isAlnum(s[i]) || isDigit(s[i]) {
		return "", i
	}
	for _, w := range words {
		if hasFold(s, i, w) {
			return w, i + len(w)
		}
	}
	return "", i
}

// number reads a separator, if there is one, and a number, if there is one: "1.0a." is 1.0a0.
func number(s string, i int) (n string, end int) {
	if i < len(s) && isSeparator(s[i]) {
		i++
	}
	end = digits(s, i)
	return s[i:end], end
}

// digits returns the end of the run of ASCII digits at byte i.
func digits(s string, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

// hasFold tells whether the lower-case ASCII word stands at byte i of s, in either case.
func hasFold(s string, i int, word string) bool {
	if len(s)-i < len(word) {
		return false
	}
	for j := 0; j < len(word); j++ {
		if s[i+j]|0x20 != word[j] {
			return false
		}
	}
	return true
}

func isSeparator(c byte) bool { return c == '.' || c == '-' || c == '_' }
