// Package panics lets the command tell of a panic in any of its goroutines. Left to
// the runtime, a panic beyond the first goroutine ends the process with an exit code
// that means something else here, and prints a value that nobody has masked.
package panics

import (
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
)

var (
	mu   sync.Mutex
	ears []chan error
)

// Hear returns where a panic is told from now on, until stop is called.
func Hear() (told <-chan error, stop func()) {
	ear := make(chan error, 1) // for the first; others may follow from it
	mu.Lock()
	defer mu.Unlock()
	ears = append(ears, ear)
	return ear, func() {
		mu.Lock()
		defer mu.Unlock()
		ears = slices.DeleteFunc(ears, func(other chan error) bool { return other == ear })
	}
}

// Tell is what each goroutine defers first. After a panic it does not return when
// somebody hears of it: who waits for the goroutine must not take the half of its
// work for the whole. Where nobody does, as in a test of somebody else's, the panic
// takes its course.
func Tell() {
	mu.Lock()
	nobody := len(ears) == 0
	mu.Unlock()
	if nobody {
		return
	}
	mistake := recover()
	if mistake == nil {
		return
	}
	tell(fmt.Errorf("internal error; please report it: %v\n%s", mistake, debug.Stack()))
	select {}
}

func tell(err error) {
	mu.Lock()
	defer mu.Unlock()
	for _, ear := range ears {
		select {
		case ear <- err:
		default:
		}
	}
}
