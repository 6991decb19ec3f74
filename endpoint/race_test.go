package endpoint

import "runtime/debug"

// raceEnabled says whether the test was built with the race detector, which
// needs several times the memory.
func raceEnabled() bool {
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return false
	}
	for _, setting := range info.Settings {
		if setting.Key == "-race" {
			return setting.Value == "true"
		}
	}
	return false
}
