// Package ci holds the tests of the examples for continuous integration and for
// clusters: each is parsed, and each command line in it is taken by the command.
package ci

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/webchatspec/webchatspec/internal/cli"
)

// parse reads one YAML document after the other into values of maps and lists.
func parse(t *testing.T, file string) []map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var documents []map[string]any
	for {
		var document map[string]any
		if err := decoder.Decode(&document); err != nil {
			if err.Error() == "EOF" {
				return documents
			}
			t.Fatalf("%s: %v", file, err)
		}
		documents = append(documents, document)
	}
}

// at follows keys and list indices into a document.
func at(t *testing.T, value any, path ...any) any {
	t.Helper()
	for i, step := range path {
		switch step := step.(type) {
		case string:
			m, ok := value.(map[string]any)
			if !ok || m[step] == nil {
				t.Fatalf("nothing at %v", path[:i+1])
			}
			value = m[step]
		case int:
			list, ok := value.([]any)
			if !ok || len(list) <= step {
				t.Fatalf("nothing at %v", path[:i+1])
			}
			value = list[step]
		}
	}
	return value
}

func texts(list any) []string {
	var all []string
	for _, item := range list.([]any) {
		all = append(all, item.(string))
	}
	return all
}

// accepted runs a command line as it stands, but for --help behind it: every flag
// and its value is read, and no request is sent.
func accepted(t *testing.T, where string, arguments []string) {
	t.Helper()
	if len(arguments) == 0 {
		t.Errorf("%s: no command", where)
		return
	}
	var out, problems bytes.Buffer
	if code := cli.Run(context.Background(), append(slices.Clone(arguments), "--help"), strings.NewReader(""), &out, &problems); code != 0 {
		t.Errorf("%s: 'webchatspec %s' exits %d: %s", where, strings.Join(arguments, " "), code, problems.String())
	}
	if !strings.Contains(out.String(), "webchatspec "+arguments[0]) {
		t.Errorf("%s: %q is not a command", where, arguments[0])
	}
}

func TestAnUnknownFlagWouldBeSeen(t *testing.T) {
	var out, problems bytes.Buffer
	code := cli.Run(context.Background(), []string{"verify", "--no-such-flag", "--help"}, strings.NewReader(""), &out, &problems)
	if code == 0 {
		t.Fatal("--help hides an unknown flag, so that the tests here would show nothing")
	}
}

func TestGitLab(t *testing.T) {
	file := parse(t, "gitlab-ci.yml")[0]
	for _, job := range []string{".webchatspec", "chat tokens"} {
		for _, line := range texts(at(t, file, job, "script")) {
			words := strings.Fields(line)
			if words[0] != "webchatspec" {
				t.Errorf("%s runs %q", job, line)
			}
			accepted(t, "gitlab-ci.yml, "+job, words[1:])
			if !strings.Contains(line, "--out webchatspec-report") {
				t.Errorf("%s does not write where the artifacts are taken from", job)
			}
		}
	}
	if got := at(t, file, ".webchatspec", "artifacts", "reports", "junit"); got != "webchatspec-report/junit.xml" {
		t.Errorf("JUnit is taken from %v", got)
	}
}

func TestJenkins(t *testing.T) {
	text, err := os.ReadFile("Jenkinsfile")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), "{") != strings.Count(string(text), "}") {
		t.Error("the braces do not match")
	}
	commands := regexp.MustCompile(`sh 'webchatspec ([^']+)'`).FindAllStringSubmatch(string(text), -1)
	if len(commands) == 0 {
		t.Error("no command")
	}
	for _, command := range commands {
		accepted(t, "Jenkinsfile", strings.Fields(command[1]))
	}
}

func TestCompose(t *testing.T) {
	file := parse(t, "../compose/compose.yaml")[0]
	for _, service := range []string{"shop", "webchatspec"} {
		accepted(t, "compose.yaml, "+service, texts(at(t, file, "services", service, "command")))
	}
}

func TestKubernetes(t *testing.T) {
	documents := parse(t, "../kubernetes/verify-job.yaml")
	container := at(t, documents[1], "spec", "template", "spec", "containers", 0)
	accepted(t, "verify-job.yaml", texts(at(t, container, "args")))
	for setting, want := range map[string]any{"readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false} {
		if got := at(t, container, "securityContext", setting); got != want {
			t.Errorf("%s is %v", setting, got)
		}
	}
}

// action is action.yml of the repository.
func action(t *testing.T) map[string]any { return parse(t, "../../action.yml")[0] }

func TestTheActionHandsEachInputOn(t *testing.T) {
	file := action(t)
	script, err := os.ReadFile("../../scripts/action-run")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	for input := range at(t, file, "inputs").(map[string]any) {
		if !strings.Contains(string(whole), "inputs."+input+" ") && !strings.Contains(string(whole), "inputs."+input+",") {
			t.Errorf("input %s is read by nothing", input)
		}
		variable := "INPUT_" + strings.ToUpper(strings.ReplaceAll(input, "-", "_"))
		if strings.Contains(string(whole), variable) != strings.Contains(string(script), variable) {
			t.Errorf("%s is in one of action.yml and scripts/action-run only", variable)
		}
	}
}

func TestTheActionsScriptsExist(t *testing.T) {
	steps := at(t, action(t), "runs", "steps").([]any)
	scripts := regexp.MustCompile(`scripts/[a-z-]+`)
	found := 0
	for _, step := range steps {
		run, _ := step.(map[string]any)["run"].(string)
		for _, script := range scripts.FindAllString(run, -1) {
			found++
			if info, err := os.Stat(filepath.Join("../..", script)); err != nil || info.Mode()&0o111 == 0 {
				t.Errorf("%s is not a program: %v", script, err)
			}
		}
	}
	if found == 0 {
		t.Error("the action runs none of the scripts")
	}
}

func TestTheExampleWorkflowGivesInputsThatTheActionHas(t *testing.T) {
	inputs := at(t, action(t), "inputs").(map[string]any)
	for _, file := range []string{"github-workflow.yml", "../../.github/workflows/test.yml"} {
		uses := 0
		for _, job := range at(t, parse(t, file)[0], "jobs").(map[string]any) {
			for _, step := range at(t, job, "steps").([]any) {
				step := step.(map[string]any)
				if name, _ := step["uses"].(string); name != "./" && !strings.HasPrefix(name, "webchatspec/") {
					continue
				}
				uses++
				for input := range at(t, step, "with").(map[string]any) {
					if inputs[input] == nil {
						t.Errorf("%s gives the input %q, which the action does not have", file, input)
					}
				}
			}
		}
		if uses == 0 {
			t.Errorf("%s does not use the action", file)
		}
	}
}

func TestTheIssueFormsAreForms(t *testing.T) {
	forms, err := filepath.Glob("../../.github/ISSUE_TEMPLATE/*.yml")
	if err != nil || len(forms) == 0 {
		t.Fatal("no forms")
	}
	for _, form := range forms {
		document := parse(t, form)[0]
		if filepath.Base(form) == "config.yml" {
			at(t, document, "contact_links", 0, "url")
			continue
		}
		at(t, document, "name")
		at(t, document, "description")
		at(t, document, "body", 0, "type")
	}
}
