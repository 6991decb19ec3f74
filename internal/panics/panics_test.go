package panics

import (
	"strings"
	"testing"
)

// slip panics as a goroutine may that defers [Tell].
func slip() {
	defer Tell()
	panic("a slip")
}

func TestWhereNobodyHearsAPanicTakesItsCourse(t *testing.T) {
	_, hearNoMore := Hear()
	hearNoMore()
	defer func() {
		if mistake := recover(); mistake != "a slip" {
			t.Errorf("it panicked with %v", mistake)
		}
	}()
	slip()
}

func TestWhoHearsIsToldOfAPanic(t *testing.T) {
	told, hearNoMore := Hear()
	defer hearNoMore()
	go slip()
	if err := <-told; !strings.Contains(err.Error(), "a slip") || !strings.Contains(err.Error(), "panics_test.go") {
		t.Error(err)
	}
}
