package reports

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// ErrPartial is returned for a run of which no bundle is made: one that was
// stopped, or that is only a part of what can be signed off.
var ErrPartial = errors.New("no bundle is made of a partial run")

// partial says why run is no whole one; "" for one that is.
func partial(run record.Run) string {
	switch {
	case run.Interrupted:
		return "it was interrupted"
	case run.TimeUp:
		return "its time was up before its end"
	case run.RequestsUp:
		return "the limit of requests was reached before its end"
	case run.IsShard():
		return "it is one shard of a load: merge all of them"
	case len(run.Outcomes) == 0:
		return "it was not judged"
	case len(run.Only)+len(run.Skip) > 0:
		return "its checks were chosen with --only or --skip"
	}
	for _, part := range run.Parts {
		if part.Failure != nil {
			return "its " + line(part.Name, nameLimit) + " part could not be done"
		}
	}
	return ""
}

// Manifest is what a bundle says of itself: manifest.json in it.
type Manifest struct {
	Tool      record.Tool    `json:"tool"`
	StartedAt time.Time      `json:"startedAt"`
	Verdict   record.Verdict `json:"verdict"`
	Catalogue string         `json:"catalogue"` // fingerprint of all checks with their level and requirement
	Checks    int            `json:"checks"`
	SHA256    []FileSum      `json:"sha256"`
}

// FileSum is a file of a bundle with the hexadecimal SHA-256 of its bytes.
type FileSum struct {
	File string `json:"file"`
	Sum  string `json:"sum"`
}

// manifestFile is the name of the manifest in a bundle.
const manifestFile = "manifest.json"

// Bundle writes a zip for sign-off: the run, its report, the configuration without
// secrets, and the catalogue by which it was judged. The same run always makes
// the same bytes, so that a detached signature fits. It returns [ErrPartial] for
// a run that is not whole.
func Bundle(w io.Writer, run record.Run) error {
	if why := partial(run); why != "" {
		return fmt.Errorf("%w: %s", ErrPartial, why)
	}
	files := []bundled{{name: "run.json"}, {name: "report.html"}, {name: "catalogue.json"}, {name: "configuration.yaml"}}
	for i, write := range []func(io.Writer, record.Run) error{record.Write, HTML, writeCatalogue, writeConfiguration} {
		var b bytes.Buffer
		if err := write(&b, run); err != nil {
			return err
		}
		files[i].text = b.Bytes()
	}
	manifest := Manifest{
		Tool: run.Tool, StartedAt: run.StartedAt, Verdict: run.Decide(), Catalogue: catalogueSum(run), Checks: len(run.Outcomes),
	}
	for _, file := range files {
		manifest.SHA256 = append(manifest.SHA256, FileSum{file.name, sumOf(file.text)})
	}
	text, err := json.MarshalIndent(manifest, "", " ")
	if err != nil {
		return err
	}
	return zipped(w, run.FinishedAt, append([]bundled{{manifestFile, append(text, '\n')}}, files...))
}

// bundled is a file of a bundle.
type bundled struct {
	name string
	text []byte
}

func zipped(w io.Writer, at time.Time, files []bundled) error {
	out := zip.NewWriter(w)
	for _, file := range files {
		header := &zip.FileHeader{Name: file.name, Method: zip.Deflate, Modified: at.UTC()}
		part, err := out.CreateHeader(header)
		if err != nil {
			return fmt.Errorf("write bundle: %w", err)
		}
		if _, err := part.Write(file.text); err != nil {
			return fmt.Errorf("write bundle: %w", err)
		}
	}
	return out.Close()
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// writeCatalogue writes the checks by which the run was judged.
func writeCatalogue(w io.Writer, run record.Run) error {
	type check struct {
		ID     string       `json:"id"`
		Area   string       `json:"area"`
		Level  record.Level `json:"level"`
		Title  string       `json:"title"`
		Source string       `json:"source,omitempty"`
	}
	checks := make([]check, len(run.Outcomes))
	for i, o := range run.Outcomes {
		checks[i] = check{o.ID, o.Area, o.Level, o.Title, o.Source}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	return encoder.Encode(struct {
		Version string  `json:"version"`
		Sum     string  `json:"sum"`
		Checks  []check `json:"checks"`
	}{run.Tool.Version, catalogueSum(run), checks})
}

// catalogueSum is a fingerprint of the checks: two runs with the same one were
// judged by the same requirements.
func catalogueSum(run record.Run) string {
	var rows []string
	for _, o := range run.Outcomes {
		rows = append(rows, strings.Join([]string{o.ID, string(o.Level), o.Title}, "\t"))
	}
	slices.Sort(rows)
	return "sha256:" + sumOf([]byte(strings.Join(rows, "\n")))
}

func writeConfiguration(w io.Writer, run record.Run) error {
	text := run.Configuration
	if text == "" {
		text = "# The run does not say by which settings it was made.\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

// maxBundled bounds a file in a bundle that is read, in bytes.
const maxBundled = 256 << 20

// ReadBundle reads a bundle and checks that it is whole: each file has the sum that
// the manifest says, no other one is there, and the run decides as the manifest says.
func ReadBundle(data []byte) (Manifest, record.Run, error) {
	var manifest Manifest
	files, err := unzipped(data)
	if err != nil {
		return manifest, record.Run{}, err
	}
	if err := json.Unmarshal(files[manifestFile], &manifest); err != nil {
		return manifest, record.Run{}, errors.New("it is no bundle: its manifest cannot be read")
	}
	for _, sum := range manifest.SHA256 {
		text, there := files[sum.File]
		switch {
		case !there:
			return manifest, record.Run{}, fmt.Errorf("%s is missing in it", line(sum.File, nameLimit))
		case sumOf(text) != sum.Sum:
			return manifest, record.Run{}, fmt.Errorf("%s was changed", line(sum.File, nameLimit))
		}
	}
	if len(files) != len(manifest.SHA256)+1 {
		return manifest, record.Run{}, errors.New("it holds files that its manifest does not name")
	}
	run, err := record.Read(bytes.NewReader(files["run.json"]))
	switch {
	case err != nil:
		return manifest, run, fmt.Errorf("run.json: %w", err)
	case partial(run) != "":
		return manifest, run, fmt.Errorf("%w: %s", ErrPartial, partial(run))
	case run.Decide() != manifest.Verdict:
		return manifest, run, fmt.Errorf("its manifest says %s, its run %s", line(string(manifest.Verdict), nameLimit), run.Decide())
	case catalogueSum(run) != manifest.Catalogue:
		return manifest, run, errors.New("its manifest names another catalogue than its run")
	}
	return manifest, run, nil
}

func unzipped(data []byte) (map[string][]byte, error) {
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, errors.New("it is no zip file")
	}
	files := map[string][]byte{}
	for _, entry := range in.File {
		if _, twice := files[entry.Name]; twice || len(files) > 16 {
			return nil, errors.New("it holds a file twice, or too many")
		}
		part, err := entry.Open()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", line(entry.Name, nameLimit), err)
		}
		text, err := io.ReadAll(io.LimitReader(part, maxBundled))
		if err := errors.Join(err, part.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", line(entry.Name, nameLimit), err)
		}
		files[entry.Name] = text
	}
	return files, nil
}
