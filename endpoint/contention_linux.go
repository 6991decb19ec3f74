package endpoint

import (
	"syscall"
	"time"
)

// rusageThread asks for the use of the calling thread alone (getrusage(2)).
const rusageThread = 1

// threadTime returns the processor time that the calling thread has used.
func threadTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(rusageThread, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
