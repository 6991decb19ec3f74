package record

import "fmt"

// amount is how many values there are in JSON texts, which is what they cost in
// memory: an element of a list has one byte in the text, and hundreds there.
type amount struct{ elements, members int }

// measure counts the values in a text, without holding anything.
func measure[T string | []byte](a *amount, text T) {
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
			a.elements++
		case '{':
			inside = append(inside, '{')
			a.members++
		case ']', '}':
			inside = inside[:max(0, len(inside)-1)]
		case ',':
			if len(inside) > 0 && inside[len(inside)-1] == '[' {
				a.elements++
			} else {
				a.members++
			}
		}
	}
}

// err says that there are more values than a run file has.
func (a *amount) err() error {
	switch {
	case a.elements > maxElements:
		return fmt.Errorf("its lists have more than %d elements", maxElements)
	case a.members > maxMembers:
		return fmt.Errorf("its objects have more than %d members", maxMembers)
	}
	return nil
}
