package endpoint

import (
	"runtime"
	"time"
)

// measuredWork is how much processor time is used to see how busy this machine is:
// several times what a scheduler gives at once to a thread that has just woken up.
const measuredWork = 30 * time.Millisecond

// contention is by how many times longer than its processor time a piece of work
// takes on this machine now: 1 on one that has nothing else to do, 0 where the
// system does not tell. Other programs keep a site on this machine waiting as much.
func contention() float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began, used := time.Now(), threadTime()
	if used == 0 {
		return 0
	}
	sum := uint64(1)
	for threadTime()-used < measuredWork {
		for range 20_000 {
			sum = sum*6364136223846793005 + 1442695040888963407
		}
		if time.Since(began) > 2*time.Second {
			break
		}
	}
	runtime.KeepAlive(sum)
	return float64(time.Since(began)) / float64(max(threadTime()-used, time.Millisecond))
}
