package browser

import (
	"os/exec"
	"syscall"
)

// endWithUs has the system end the browser when this process ends, however it does.
func endWithUs(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}
