//go:build unix

package loadgen

import (
	"syscall"
	"time"
)

// processorTime is what this process has used of the processors, 0 when the
// system does not tell.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
