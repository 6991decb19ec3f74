package webchatspec

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Version is the module version that the build recorded, or "devel" with the
// commit for a build from a checkout.
func Version() string { return buildOf(debug.ReadBuildInfo()).version() }

// VersionDetails is what a bug report needs to know of a build: the version, the
// commit and its date as far as the build recorded them, Go and the platform.
func VersionDetails() string { return buildOf(debug.ReadBuildInfo()).String() }

// build is what Go recorded about this program.
type build struct{ module, commit, date, modified string }

func buildOf(info *debug.BuildInfo, ok bool) build {
	var b build
	if !ok {
		return b
	}
	if info.Main.Version != "(devel)" {
		b.module = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.commit = s.Value
		case "vcs.time":
			b.date = s.Value
		case "vcs.modified":
			b.modified = s.Value
		}
	}
	return b
}

func (b build) version() string {
	switch {
	case b.module != "":
		return b.module
	case len(b.commit) >= 12:
		return "devel+" + b.commit[:12]
	}
	return "devel"
}

func (b build) String() string {
	var known []string
	if b.commit != "" {
		changed := ""
		if b.modified == "true" {
			changed = " with changes"
		}
		known = append(known, "commit "+b.commit+changed)
	}
	if b.date != "" {
		known = append(known, b.date)
	}
	known = append(known, fmt.Sprintf("%s %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH))
	return b.version() + " (" + strings.Join(known, ", ") + ")"
}
