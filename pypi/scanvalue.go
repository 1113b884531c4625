package pypi

import "io"

// word reads true, false or null.
func (s *scanner) word(word string) error {
	s.peek()
	if err := s.need(len(word)); err != nil {
		return err
	}
	if string(s.buf[s.pos:s.pos+len(word)]) != word {
		return s.broken(word)
	}
	s.pos += len(word)
	return nil
}

// boolean reads true or false, next being its first byte.
func (s *scanner) boolean(next byte) (bool, error) {
	if next == 't' {
		return true, s.word("true")
	}
	return false, s.word("false")
}

// number reads a number. The bytes are good until the next call.
func (s *scanner) number() ([]byte, error) {
	if c := s.peek(); c != '-' && (c < '0' || c > '9') {
		return nil, s.broken("a number")
	}
	n := 0
	for {
		for s.pos+n < s.end && numeric(s.buf[s.pos+n]) {
			n++
		}
		if n > 1000 {
			return nil, failf(TooLarge, "the page has a number of more than 1000 digits")
		}
		if s.pos+n == s.end && s.fill() {
			continue
		}
		if s.pos+n == s.end && s.err != io.EOF {
			return nil, s.err
		}
		if !validNumber(s.buf[s.pos : s.pos+n]) {
			return nil, s.broken("a number")
		}
		s.pos += n
		return s.buf[s.pos-n : s.pos], nil
	}
}

// numeric tells the bytes that a number may have.
func numeric(c byte) bool {
	return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}

// validNumber holds a number against JSON's grammar.
func validNumber(b []byte) bool {
	run := func() bool {
		n := 0
		for n < len(b) && b[n] >= '0' && b[n] <= '9' {
			n++
		}
		b = b[n:]
		return n > 0
	}
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
	}
	if len(b) > 0 && b[0] == '0' {
		b = b[1:]
	} else if !run() {
		return false
	}
	if len(b) > 0 && b[0] == '.' {
		if b = b[1:]; !run() {
			return false
		}
	}
	if len(b) > 0 && (b[0] == 'e' || b[0] == 'E') {
		b = b[1:]
		if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
			b = b[1:]
		}
		return run() && len(b) == 0
	}
	return len(b) == 0
}

// skip reads any value and makes nothing of it.
func (s *scanner) skip() error {
	switch c := s.peek(); c {
	case '"':
		return s.skipText()
	case '{':
		if err := s.take('{', "an object"); err != nil {
			return err
		}
		return s.skipMembers('}', true)
	case '[':
		if err := s.take('[', "an array"); err != nil {
			return err
		}
		return s.skipMembers(']', false)
	case 't', 'f':
		_, err := s.boolean(c)
		return err
	case 'n':
		return s.word("null")
	}
	_, err := s.number()
	return err
}

func (s *scanner) skipMembers(end byte, keys bool) error {
	if s.depth++; s.depth > maxDepth {
		return failf(TooLarge, "the page nests more than %d deep", maxDepth)
	}
	defer func() { s.depth-- }()
	if s.peek() == end {
		s.pos++
		return nil
	}
	for {
		if keys {
			if s.peek() != '"' {
				return s.broken("a string")
			}
			if err := s.skipText(); err != nil {
				return err
			}
			if err := s.take(':', "a colon"); err != nil {
				return err
			}
		}
		if err := s.skip(); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.pos++
		case end:
			s.pos++
			return nil
		default:
			return s.broken("a comma or the end")
		}
	}
}

// skipText reads a string of any length without keeping it.
func (s *scanner) skipText() error {
	s.pos++
	for {
		s.pos += plain(s.buf[s.pos:s.end])
		if s.pos == s.end {
			if !s.fill() {
				return s.broken("the end of a string")
			}
			continue
		}
		switch c := s.buf[s.pos]; {
		case c == '"':
			s.pos++
			return nil
		case c == '\\':
			if err := s.need(2); err != nil {
				return err
			}
			if c := s.buf[s.pos+1]; c == 'u' {
				if _, err := s.hex4(); err != nil {
					return err
				}
			} else if indexByte(`"\/bfnrt`, c) < 0 {
				return s.broken("an escape that JSON knows")
			} else {
				s.pos += 2
			}
		case c < 0x20:
			return s.broken("a character that may stand in a string")
		default:
			s.pos++
		}
	}
}
