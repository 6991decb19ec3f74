package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/record"
)

// TestSlurmRecipesRun runs the commands that the document gives for Slurm on the
// real one: a cluster of this machine, as many tasks as the document has, for less
// time.
func TestSlurmRecipesRun(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster")
	}
	if _, err := exec.LookPath("srun"); err != nil {
		if runtime.GOOS == "linux" && os.Getenv("CI") != "" {
			t.Fatal("srun is missing: scripts/install-slurm installs it")
		}
		t.Skip("srun is missing: install Debian's packages slurm-wlm and munge")
	}
	t.Parallel()
	site, err := issuers.Start(issuers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	recipes := slurmRecipes(t)
	folder := prepareFolder(t, site.Setup())
	cluster, err := filepath.Abs("../scripts/slurm-cluster")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("http://127.0.0.1:3001", strings.TrimSuffix(site.Setup().Page, "/"), "+ 60", "+ 20").Replace(
		"mkdir tasks && cd tasks && cp ../key.pub .\n" + recipes[0] + "cd .. && mkdir array && cd array && cp ../key.pub .\n" + recipes[1])
	cmd := exec.CommandContext(t.Context(), "timeout", "180", cluster, "bash", "-e", "-u", "-c", text)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "PATH="+commandOnPath(t)+":"+os.Getenv("PATH"), "WEBCHATSPEC_LOAD_DURATION=1s", "WEBCHATSPEC_LOAD_OBJECTIVE_LATENCY=30s")
	if output, err := cmd.CombinedOutput(); err != nil {
		told, _ := filepath.Glob(folder + "/array/slurm-*.out")
		for _, file := range told {
			text, _ := os.ReadFile(file)
			t.Logf("%s:\n%.1500s", filepath.Base(file), text)
		}
		t.Fatalf("%v\n%.4000s", err, output)
	}
	for _, merged := range []string{"tasks/webchatspec-report/run.json", "array/merged/run.json"} {
		run, err := record.ReadFile(filepath.Join(folder, merged))
		if err != nil {
			t.Error(err)
			continue
		}
		if len(run.Load) != 1 || run.Load[0].Requests != 200 || run.Load[0].Shard != nil {
			t.Errorf("%s: %+v", merged, run.Load)
		}
	}
}

// slurmRecipes are the command blocks of the document's section on Slurm: tasks of
// one job, and an array.
func slurmRecipes(t *testing.T) []string {
	t.Helper()
	var recipes []string
	for _, b := range blocks(t) {
		if b.file == "distributed.md" && (strings.Contains(b.text, "srun ") || strings.Contains(b.text, "sbatch ")) {
			recipes = append(recipes, b.text)
		}
	}
	if len(recipes) != 2 {
		t.Fatalf("%d recipes for Slurm, want 2", len(recipes))
	}
	return recipes
}
