package browser

import (
	"os/exec"
	"syscall"
)

// endWithUs has a process that is about to start end when ours does, however that ends.
func endWithUs(command *exec.Cmd) {
	if command.SysProcAttr == nil {
		command.SysProcAttr = new(syscall.SysProcAttr)
	}
	command.SysProcAttr.Pdeathsig = syscall.SIGKILL
}
