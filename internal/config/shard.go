package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/webchatspec/webchatspec/loadgen"
)

// engine is a job engine that tells its tasks by variables which of how many they are.
type engine struct {
	name         string
	index, count string
	first        int    // the index of the first task
	lowest, step string // variables that say so, where the user chooses
}

// engines are those that are known. Where several match the first counts: a task
// of an array is also a job with one process.
var engines = []engine{
	{name: "a Slurm array", index: "SLURM_ARRAY_TASK_ID", count: "SLURM_ARRAY_TASK_COUNT", lowest: "SLURM_ARRAY_TASK_MIN", step: "SLURM_ARRAY_TASK_STEP"},
	{name: "Slurm", index: "SLURM_PROCID", count: "SLURM_NTASKS"},
	{name: "Open MPI", index: "OMPI_COMM_WORLD_RANK", count: "OMPI_COMM_WORLD_SIZE"},
	{name: "MPI", index: "PMI_RANK", count: "PMI_SIZE"},
	{name: "a Kubernetes Indexed Job", index: "JOB_COMPLETION_INDEX"},
	{name: "Cloud Run", index: "CLOUD_RUN_TASK_INDEX", count: "CLOUD_RUN_TASK_COUNT"},
	{name: "AWS Batch", index: "AWS_BATCH_JOB_ARRAY_INDEX", count: "AWS_BATCH_JOB_ARRAY_SIZE"},
	{name: "CircleCI", index: "CIRCLE_NODE_INDEX", count: "CIRCLE_NODE_TOTAL"},
	{name: "Buildkite", index: "BUILDKITE_PARALLEL_JOB", count: "BUILDKITE_PARALLEL_JOB_COUNT"},
	{name: "GitLab CI", index: "CI_NODE_INDEX", count: "CI_NODE_TOTAL", first: 1},
}

// parseShard reads "2/3", the second of three, or "auto" and "auto/3", which look
// at what the job engine says.
func parseShard(text string, lookup func(string) (string, bool)) (loadgen.Shard, error) {
	which, total, counted := strings.Cut(text, "/")
	count, err := strconv.Atoi(total)
	switch {
	case counted && (err != nil || count < 1):
		return loadgen.Shard{}, fmt.Errorf("%q: write it as 2/3 for the second of three, or auto/3", text)
	case which == "auto":
		return automatic(count, lookup)
	}
	i, err := strconv.Atoi(which)
	if err == nil && i == 0 && counted {
		return loadgen.Shard{}, fmt.Errorf("%q: shards count from 1; where an engine counts from 0, as Kubernetes does, write auto/%d", text, count)
	}
	if err != nil || i < 1 || i > count {
		return loadgen.Shard{}, fmt.Errorf("%q: write it as 2/3 for the second of three, or auto/3", text)
	}
	return loadgen.Shard{Index: i - 1, Count: count}, nil
}

// automatic reads the shard from the variables of the engine that runs this
// process. Count is what the user says, 0 for what the engine says.
func automatic(count int, lookup func(string) (string, bool)) (loadgen.Shard, error) {
	number := func(name string, usual int) (int, error) {
		text, set := lookup(name)
		if !set || text == "" {
			return usual, nil
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0, fmt.Errorf("%s=%q is not a number", name, text)
		}
		return n, nil
	}
	for _, e := range engines {
		if text, set := lookup(e.index); !set || text == "" {
			continue
		}
		index, err := number(e.index, 0)
		if err != nil {
			return loadgen.Shard{}, err
		}
		first, err := number(e.lowest, e.first)
		if err != nil {
			return loadgen.Shard{}, err
		}
		step, err := number(e.step, 1)
		if err != nil {
			return loadgen.Shard{}, err
		}
		said, err := number(e.count, 0)
		if err != nil {
			return loadgen.Shard{}, err
		}
		return e.shard((index-first)/max(1, step), said, count)
	}
	return loadgen.Shard{}, fmt.Errorf("auto: no job engine tells which part this is; give it as 2/3")
}

// shard makes the shard from what the engine and the user say.
func (e engine) shard(index, said, given int) (loadgen.Shard, error) {
	count := max(said, given)
	switch {
	case count == 0:
		return loadgen.Shard{}, fmt.Errorf("auto: %s does not tell how many there are; add it, as in auto/4", e.name)
	case said > 0 && given > 0 && said != given:
		return loadgen.Shard{}, fmt.Errorf("auto/%d: %s has %d", given, e.name, said)
	case index < 0 || index >= count:
		return loadgen.Shard{}, fmt.Errorf("auto: %s says that this is number %d of %d", e.name, index+1, count)
	}
	return loadgen.Shard{Index: index, Count: count}, nil
}
