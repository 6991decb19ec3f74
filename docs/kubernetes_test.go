package docs

import (
	"bytes"
	"os"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// kinds are what the manifests hold, by the kind that they name.
var kinds = map[string]func() any{
	"Job":        func() any { return new(batchv1.Job) },
	"Deployment": func() any { return new(appsv1.Deployment) },
	"Service":    func() any { return new(corev1.Service) },
	"ConfigMap":  func() any { return new(corev1.ConfigMap) },
	"Secret":     func() any { return new(corev1.Secret) },
	"Pod":        func() any { return new(corev1.Pod) },
}

// TestManifestsFitKubernetes reads every manifest of the documents and examples
// into Kubernetes' own types, strictly: a field that they do not have, or that
// stands at the wrong place, fails.
func TestManifestsFitKubernetes(t *testing.T) {
	manifests := map[string][]byte{}
	for _, b := range blocks(t) {
		if b.kind == "kubernetes" {
			manifests[b.String()] = []byte(b.text)
		}
	}
	example, err := os.ReadFile("../examples/kubernetes/verify-job.yaml")
	if err != nil {
		t.Fatal(err)
	}
	manifests["examples/kubernetes/verify-job.yaml"] = example
	if len(manifests) < 2 {
		t.Errorf("only %d manifests", len(manifests))
	}
	for name, text := range manifests {
		for _, document := range bytes.Split(text, []byte("\n---\n")) {
			if strings.TrimSpace(string(document)) == "" {
				continue
			}
			var head struct{ Kind, APIVersion string }
			if err := yaml.Unmarshal(document, &head); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if kinds[head.Kind] == nil {
				t.Errorf("%s: the kind %q is not one that this test knows", name, head.Kind)
				continue
			}
			if err := yaml.UnmarshalStrict(document, kinds[head.Kind]()); err != nil {
				t.Errorf("%s: %s: %v", name, head.Kind, err)
			}
		}
	}
}

// TestLoadJobIsIndexed holds the manifest of the load to what makes it one load:
// each pod has an index, all run at once, none is started twice, and each is told
// how many there are.
func TestLoadJobIsIndexed(t *testing.T) {
	for _, b := range blocks(t) {
		if b.kind != "kubernetes" || !strings.HasSuffix(b.file, "distributed.md") {
			continue
		}
		var job batchv1.Job
		if err := yaml.UnmarshalStrict([]byte(b.text), &job); err != nil {
			t.Fatal(err)
		}
		spec := job.Spec
		if spec.CompletionMode == nil || *spec.CompletionMode != batchv1.IndexedCompletion || spec.Completions == nil ||
			spec.Parallelism == nil || *spec.Parallelism != *spec.Completions || spec.BackoffLimit == nil || *spec.BackoffLimit != 0 {
			t.Errorf("%s: %+v", b, spec)
		}
		if args := strings.Join(spec.Template.Spec.Containers[0].Args, " "); !strings.Contains(args, "--shard auto/4") || *spec.Completions != 4 {
			t.Errorf("%s: %s for %d completions", b, args, *spec.Completions)
		}
		return
	}
	t.Error("the document has no manifest of a load")
}
