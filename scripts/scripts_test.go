// Package scripts holds the tests of the shell scripts beside it: each runs as it
// is, with package managers and the command replaced by ones that note how they
// were called.
package scripts

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/webchatspec/webchatspec/reports"
)

// machine is a made-up one: a folder of programs that is all of the PATH.
type machine struct {
	t         *testing.T
	bin, log  string
	osRelease string
}

func newMachine(t *testing.T, programs ...string) machine {
	t.Helper()
	dir := t.TempDir()
	m := machine{t: t, bin: filepath.Join(dir, "bin"), log: filepath.Join(dir, "log"), osRelease: filepath.Join(dir, "os-release")}
	if err := os.Mkdir(m.bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bash", "dirname", "grep", "mktemp", "sed", "xargs", "printf", "cat", "env"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("this machine has no %s", name)
		}
		if err := os.Symlink(path, filepath.Join(m.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, program := range programs {
		name, answer, _ := strings.Cut(program, "=")
		m.add(name, answer)
	}
	return m
}

// add puts a program on the PATH that notes its call and prints the answer.
func (m machine) add(name, answer string) {
	m.t.Helper()
	script := "#!/bin/bash\necho \"" + name + " $*\" >> '" + m.log + "'\n"
	if answer != "" {
		script += "echo " + answer + "\n"
	}
	if err := os.WriteFile(filepath.Join(m.bin, name), []byte(script), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

// run runs a script and returns what it printed, the calls it made, and its error.
func (m machine) run(script string, environment ...string) (output string, calls []string, err error) {
	m.t.Helper()
	cmd := exec.Command(filepath.Join(m.bin, "bash"), script)
	cmd.Env = append([]string{"PATH=" + m.bin, "OS_RELEASE=" + m.osRelease}, environment...)
	text, err := cmd.CombinedOutput()
	noted, _ := os.ReadFile(m.log)
	for line := range strings.Lines(string(noted)) {
		calls = append(calls, strings.TrimSpace(line))
	}
	return string(text), calls, err
}

func TestInstallBrowserUsesTheSystemsPackages(t *testing.T) {
	if _, err := os.Stat("/Applications"); err == nil {
		t.Skip("this Mac may have a browser in /Applications")
	}
	for _, test := range []struct {
		name     string
		programs []string
		release  string
		want     string // a call
	}{
		{"Debian", []string{"id=0", "apt-get"}, "ID=debian\n", "apt-get install -y -qq --no-install-recommends chromium"},
		{"Debian, with sudo", []string{"id=1000", "apt-get", "sudo"}, "ID=debian\n", "sudo -n --preserve-env=DEBIAN_FRONTEND apt-get install -y -qq --no-install-recommends chromium"},
		{"Ubuntu with snap", []string{"id=0", "apt-get", "snap"}, "ID=ubuntu\n", "apt-get install -y -qq --no-install-recommends chromium-browser"},
		{"Ubuntu without snap", []string{"id=0", "apt-get", "curl", "dpkg=amd64"}, "ID=ubuntu\n", "curl --fail"},
		{"Fedora", []string{"id=0", "dnf"}, "ID=fedora\n", "dnf install -y -q chromium"},
		{"macOS", []string{"id=501", "brew"}, "", "brew install --quiet --cask google-chrome"},
	} {
		m := newMachine(t, test.programs...)
		if err := os.WriteFile(m.osRelease, []byte(test.release), 0o644); err != nil {
			t.Fatal(err)
		}
		output, calls, err := m.run("./install-browser")
		if err != nil {
			t.Errorf("%s: %v\n%s", test.name, err, output)
		}
		if !slices.ContainsFunc(calls, func(call string) bool { return strings.HasPrefix(call, test.want) }) {
			t.Errorf("%s: no call of %q among %q", test.name, test.want, calls)
		}
		if !strings.Contains(output, "a Chromium browser is missing") {
			t.Errorf("%s: does not say what it installs: %q", test.name, output)
		}
	}
}

func TestInstallBrowserSaysWhatToDoWhereItCannot(t *testing.T) {
	m := newMachine(t, "id=1000", "apt-get")
	output, calls, err := m.run("./install-browser")
	if err == nil || !strings.Contains(output, "run 'sudo apt-get install chromium', or install Chromium or Chrome") {
		t.Errorf("without sudo: %v, %q", err, output)
	}
	if slices.ContainsFunc(calls, func(call string) bool { return strings.HasPrefix(call, "apt-get") }) {
		t.Errorf("called apt-get without the right to: %q", calls)
	}
	m = newMachine(t, "id=1000")
	if output, _, err := m.run("./install-browser"); err == nil || !strings.Contains(output, "a Chromium browser is missing: install Chromium or Chrome") {
		t.Errorf("without a package manager: %v, %q", err, output)
	}
}

func TestInstallBrowserLeavesABrowserAlone(t *testing.T) {
	m := newMachine(t, "id=0", "apt-get", "google-chrome")
	if output, calls, err := m.run("./install-browser"); err != nil || output != "" || len(calls) > 0 {
		t.Errorf("with Chrome on the PATH: %v, %q, %q", err, output, calls)
	}
	m = newMachine(t, "id=0", "apt-get")
	if output, calls, err := m.run("./install-browser", "WEBCHATSPEC_CHROMIUM=/opt/chromium"); err != nil || output != "" || len(calls) > 0 {
		t.Errorf("with a named one: %v, %q, %q", err, output, calls)
	}
}

func TestActionRunMakesOneCommandOfItsInputs(t *testing.T) {
	m := newMachine(t, "webchatspec")
	outputs := filepath.Join(t.TempDir(), "outputs")
	output, calls, err := m.run("./action-run", "GITHUB_OUTPUT="+outputs,
		"INPUT_COMMAND=check", "INPUT_ENDPOINT=http://localhost:3001/createJWT", "INPUT_PUBLIC_KEY=old.pub\nnew.pub",
		"INPUT_FAIL_ON=should", `INPUT_ARGS=--header "X-A: b c" --rate 5 $(touch hacked)`)
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	want := "webchatspec check --endpoint http://localhost:3001/createJWT --public-key old.pub --public-key new.pub " +
		"--fail-on should --out webchatspec-report --header X-A: b c --rate 5 $(touch hacked)"
	if len(calls) != 1 || calls[0] != want {
		t.Errorf("called %q,\nwant %q", calls, want)
	}
	if noted, _ := os.ReadFile(outputs); string(noted) != "exit-code=0\n" {
		t.Errorf("outputs: %q", noted)
	}
}

// TestActionRunWritesWhatItUploads: the step for code scanning finds its file.
func TestActionRunWritesWhatItUploads(t *testing.T) {
	for _, test := range []struct{ arguments, want string }{
		{"", "webchatspec verify --out webchatspec-report --format json,html,junit,markdown,sarif"},
		{"--format sarif", "webchatspec verify --out webchatspec-report --format sarif"},
	} {
		m := newMachine(t, "webchatspec")
		output, calls, err := m.run("./action-run", "INPUT_SARIF=true", "INPUT_ARGS="+test.arguments)
		if err != nil || len(calls) != 1 || calls[0] != test.want {
			t.Errorf("%v, %q called %q, want %q", err, output, calls, test.want)
		}
	}
	action, err := os.ReadFile("../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	formats := reports.Formats()
	sarif := slices.IndexFunc(formats, func(f reports.Format) bool { return f.Name == "sarif" })
	if sarif < 0 || !strings.Contains(string(action), "sarif_file: ${{ inputs.out }}/"+formats[sarif].File+"\n") {
		t.Error("action.yml does not upload the file that the format sarif writes")
	}
}

func TestActionRunHandsOnTheExitCode(t *testing.T) {
	m := newMachine(t)
	if err := os.WriteFile(filepath.Join(m.bin, "webchatspec"), []byte("#!/bin/bash\nexit 4\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, _, err := m.run("./action-run")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 4 {
		t.Errorf("%v, want exit code 4", err)
	}
}

// TestTheReleaseNamesFilesThatExist looks for each script and file of the release's
// configuration where the release looks for it: GoReleaser calls the bill of materials in
// its folder dist, everything else from the top.
func TestTheReleaseNamesFilesThatExist(t *testing.T) {
	text, err := os.ReadFile("../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var release struct {
		Before struct{ Hooks []string }
		SBOMs  []struct{ Cmd string } `yaml:"sboms"`
		NFPMs  []struct {
			Contents []struct{ Src string }
		} `yaml:"nfpms"`
		Dockers []struct{ Dockerfile string } `yaml:"dockers_v2"`
	}
	if err := yaml.Unmarshal(text, &release); err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, hook := range release.Before.Hooks {
		files = append(files, strings.Fields(hook)[0])
	}
	for _, sbom := range release.SBOMs {
		files = append(files, filepath.Join("dist", sbom.Cmd))
	}
	for _, nfpm := range release.NFPMs {
		for _, content := range nfpm.Contents {
			if !strings.HasPrefix(content.Src, "dist-files/") { // made by the hook
				files = append(files, content.Src)
			}
		}
	}
	for _, docker := range release.Dockers {
		files = append(files, docker.Dockerfile)
	}
	if len(files) < 4 {
		t.Fatalf("the configuration names only %q", files)
	}
	for _, file := range files {
		if _, err := os.Stat(filepath.Join("..", file)); err != nil {
			t.Error(err)
		}
	}
}

// Where the toolchain of go.mod cannot be had, the way on is told, and not only that
// a download has failed.
func TestTheToolchainThatCannotBeHad(t *testing.T) {
	m := newMachine(t)
	if err := os.WriteFile(filepath.Join(m.bin, "go"), []byte("#!/bin/bash\necho 'go: download go1.26.11: toolchain not available'; exit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	output, _, err := m.run("tell-downloads")
	if err == nil || !strings.Contains(output, "not available") || !strings.Contains(output, "GOTOOLCHAIN=local") {
		t.Errorf("%v: %s", err, output)
	}
}

// The database of vulnerabilities may be a folder: what is asked for is its absolute
// path, and a folder that is no database is refused before it passes for an empty one.
func TestAuditTakesAFolder(t *testing.T) {
	run, err := exec.LookPath("make")
	if err != nil {
		t.Skip("this machine has no make")
	}
	m := newMachine(t, "go")
	audit := func(folder string) (output string, err error) {
		cmd := exec.CommandContext(t.Context(), run, "audit", "VULNDB="+folder, "GO="+filepath.Join(m.bin, "go"))
		cmd.Dir = ".."
		text, err := cmd.CombinedOutput()
		return string(text), err
	}
	folder := t.TempDir()
	if output, err := audit(folder); err == nil || !strings.Contains(output, "index/modules.json") {
		t.Errorf("a folder that is no database: %v\n%s", err, output)
	}
	if err := errors.Join(os.Mkdir(filepath.Join(folder, "index"), 0o700), os.WriteFile(filepath.Join(folder, "index", "modules.json"), []byte("[]"), 0o600)); err != nil {
		t.Fatal(err)
	}
	output, err := audit(folder)
	calls, _ := os.ReadFile(m.log)
	if err != nil || !strings.Contains(string(calls), "-db file://"+folder+" ./cmd/webchatspec") {
		t.Errorf("%v\n%s\n%s", err, output, calls)
	}
}
