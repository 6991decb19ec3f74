package record

import "fmt"

// measure returns an error for JSON with more values in it than a run file has.
// It counts without holding anything: an element of a list has one byte in the
// text, and hundreds in memory.
func measure(text []byte) error {
	var elements, members int
	var inside []byte // of which brackets
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '[':
			inside = append(inside, '[')
			elements++
		case '{':
			inside = append(inside, '{')
			members++
		case ']', '}':
			inside = inside[:max(0, len(inside)-1)]
		case ',':
			if len(inside) > 0 && inside[len(inside)-1] == '[' {
				elements++
			} else {
				members++
			}
		}
	}
	switch {
	case elements > maxElements:
		return fmt.Errorf("its lists have more than %d elements", maxElements)
	case members > maxMembers:
		return fmt.Errorf("its objects have more than %d members", maxMembers)
	}
	return nil
}
