//go:build unix

package browser

import (
	"os"
	"os/exec"
	"syscall"
	"time"
)

// shortenEvents has the messages of a browser that is about to be started pass
// through [copyMessages]. The second of the further files is the one that the
// browser writes to; what goes there is as before where that cannot be done.
func shortenEvents(cmd *exec.Cmd) {
	endWithUs(cmd)
	if len(cmd.ExtraFiles) < 2 {
		return
	}
	allocators := cmd.ExtraFiles[1]
	syscall.ForkLock.RLock()
	copied, err := syscall.Dup(int(allocators.Fd()))
	if err == nil {
		syscall.CloseOnExec(copied)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return
	}
	on := os.NewFile(uintptr(copied), "messages of the browser")
	from, browsers, err := os.Pipe()
	if err != nil {
		_ = on.Close()
		return
	}
	cmd.ExtraFiles[1] = browsers
	go func() {
		// The allocator closes its own end when the browser has one, or did not start.
		for !isClosed(allocators) {
			time.Sleep(time.Millisecond)
		}
		_ = browsers.Close()
	}()
	go func() {
		_ = copyMessages(on, from) // its end is that of the browser
		_ = from.Close()
		_ = on.Close()
	}()
}

func isClosed(f *os.File) bool {
	_, err := f.Stat()
	return err != nil
}
