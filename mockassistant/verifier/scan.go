package verifier

// scanner checks a text against the JSON grammar and notes its values.
// It keeps its own stack of open arrays and objects, so that depth is bounded by
// the text alone, as in the JavaScript engine.
type scanner struct {
	text  []byte
	pos   int
	nodes []node
	open  []uint32 // the nodes of the arrays and objects that are not closed yet
}

// document scans the one value that a JSON text is.
func (s *scanner) document() bool {
	for {
		s.blanks()
		opened, ok := s.value()
		if !ok {
			return false
		}
		if opened {
			continue
		}
		more, ok := s.afterValue()
		if !ok {
			return false
		}
		if !more {
			return s.pos == len(s.text)
		}
	}
}

// value scans a scalar, or the beginning of an array or object up to the place
// of its first value; then opened is true. An empty one is closed at once.
func (s *scanner) value() (opened, ok bool) {
	switch c := s.peek(); c {
	case '{', '[':
		return s.opening(c)
	case '"':
		return false, s.str()
	case 't':
		return false, s.word("true", Bool)
	case 'f':
		return false, s.word("false", Bool)
	case 'n':
		return false, s.word("null", Null)
	default:
		return false, s.number()
	}
}

func (s *scanner) opening(c byte) (opened, ok bool) {
	kind, closing := Object, byte('}')
	if c == '[' {
		kind, closing = Array, ']'
	}
	s.open = append(s.open, uint32(len(s.nodes)))
	s.note(s.pos, kind)
	s.pos++
	s.blanks()
	if s.peek() == closing {
		s.pos++
		s.close()
		return false, true
	}
	return true, kind == Array || s.name()
}

// afterValue closes what ends after a value, and goes on to the next value's
// place; more is false when the outermost value is complete.
func (s *scanner) afterValue() (more, ok bool) {
	for {
		s.blanks()
		if len(s.open) == 0 {
			return false, true
		}
		kind := s.nodes[s.open[len(s.open)-1]].kind
		switch c := s.peek(); {
		case c == ',':
			s.pos++
			s.blanks()
			return true, kind == Array || s.name()
		case c == ']' && kind == Array, c == '}' && kind == Object:
			s.pos++
			s.close()
		default:
			return false, false
		}
	}
}

// name scans a member name and the colon after it.
func (s *scanner) name() bool {
	if s.peek() != '"' || !s.str() {
		return false
	}
	s.blanks()
	if s.peek() != ':' {
		return false
	}
	s.pos++
	s.blanks()
	return true
}

// note adds the node of a value that began at start and ends here.
func (s *scanner) note(start int, kind JSONKind) {
	s.nodes = append(s.nodes, node{start: uint32(start), end: uint32(s.pos), next: uint32(len(s.nodes) + 1), kind: kind})
}

func (s *scanner) close() {
	n := &s.nodes[s.open[len(s.open)-1]]
	n.end, n.next = uint32(s.pos), uint32(len(s.nodes))
	s.open = s.open[:len(s.open)-1]
}

// peek is the next byte, or 0 at the end; a NUL is nowhere part of JSON.
func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

func (s *scanner) blanks() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

func (s *scanner) word(word string, kind JSONKind) bool {
	end := s.pos + len(word)
	if end > len(s.text) || string(s.text[s.pos:end]) != word {
		return false
	}
	start := s.pos
	s.pos = end
	s.note(start, kind)
	return true
}

func (s *scanner) str() bool {
	start := s.pos
	for s.pos++; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; {
		case c == '"':
			s.pos++
			s.note(start, String)
			return true
		case c < ' ':
			return false
		case c == '\\':
			if !s.escape() {
				return false
			}
		}
	}
	return false
}

// escape steps from a backslash to the last byte of its escape.
func (s *scanner) escape() bool {
	s.pos++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		if s.pos+4 >= len(s.text) {
			return false
		}
		for range 4 {
			s.pos++
			if _, ok := hexDigit(s.text[s.pos]); !ok {
				return false
			}
		}
		return true
	}
	return false
}

func (s *scanner) number() bool {
	start := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if !s.digits() {
		return false
	}
	if s.peek() == '.' {
		s.pos++
		if !s.digits() {
			return false
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		if !s.digits() {
			return false
		}
	}
	s.note(start, Number)
	return true
}

// digits scans one digit or more.
func (s *scanner) digits() bool {
	start := s.pos
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		s.pos++
	}
	return s.pos > start
}

func hexDigit(c byte) (uint16, bool) {
	switch {
	case c >= '0' && c <= '9':
		return uint16(c - '0'), true
	case c >= 'a' && c <= 'f':
		return uint16(c-'a') + 10, true
	case c >= 'A' && c <= 'F':
		return uint16(c-'A') + 10, true
	}
	return 0, false
}
