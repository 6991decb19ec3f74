package config

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/webchatspec/webchatspec"
	"github.com/webchatspec/webchatspec/fixtures/keys"
)

// parts is a built configuration as the parts of the work see it. A part that is
// for load sees the endpoint too, as load asks it.
func parts(t *testing.T, s Settings) map[string]any {
	t.Helper()
	c, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	c = c.Composed()
	return map[string]any{
		ForTokens:  []any{c.Endpoint, c.MaxTime},
		ForPage:    []any{c.Page, c.Endpoint.Visit, c.Endpoint.Users, c.Endpoint.Hosts, c.Endpoint.MaxRequests, c.MaxTime},
		ForLoad:    []any{c.Endpoint, c.MaxTime, c.Load, c.Capacity, c.Overload},
		ForRate:    []any{c.Load, c.Capacity, c.Overload},
		ForJudge:   []any{c.Profile.ID, c.Selection, c.FailOn, c.Waivers},
		ForReports: []any{s.OutFolder(), s.Formats},
	}
}

// TestEachSettingReachesItsRoom changes each key by itself and looks whether the
// configuration of each part that it is for changes.
func TestEachSettingReachesItsRoom(t *testing.T) {
	files := sampleFiles(t)
	for _, setting := range All() {
		for _, sample := range samples(t, setting, files) {
			t.Run(setting.Key+sample.member, func(t *testing.T) {
				without, with := sample.settings()
				before, after := parts(t, without), parts(t, with)
				if len(setting.Parts) == 0 {
					t.Error("it is for no part: give it a tag 'for'")
				}
				for _, part := range setting.Parts {
					if reflect.DeepEqual(before[part], after[part]) {
						t.Errorf("changing it does not change the configuration for %q", part)
					}
				}
			})
		}
	}
}

// sample is a setting with a value, and what it is compared with.
type sample struct {
	member   string // of a list's element, such as "[].login.url"
	settings func() (without, with Settings)
}

// samples returns one sample for a plain setting, and one for each member of a
// list of structs.
func samples(t *testing.T, setting Setting, files map[string]string) []sample {
	set := func(s *Settings, value reflect.Value) {
		setting.in(s).Set(value)
		s.note(setting.Key, "a test")
	}
	if element := setting.typ; element.Kind() == reflect.Slice && element.Elem().Kind() == reflect.Struct {
		var all []sample
		for _, member := range membersOf(element.Elem()) {
			all = append(all, sample{"[]." + member.name, func() (without, with Settings) {
				for i, s := range []*Settings{&without, &with} {
					list := reflect.MakeSlice(setting.typ, 1, 1)
					member.in(list.Index(0)) // makes what is around it, on both sides
					if i == 1 {
						member.in(list.Index(0)).Set(sampleValue(t, setting.Key+member.name, member.field.Type, member.field.Tag, files))
					}
					set(s, list)
				}
				return without, with
			}})
		}
		return all
	}
	return []sample{{"", func() (without, with Settings) {
		// What a setting wants beside it stands on both sides.
		for _, s := range []*Settings{&without, &with} {
			switch setting.Key {
			case "tls.cert", "tls.key":
				s.TLS = TLS{Cert: files["cert"], Key: files["key"]}
			case "load.capacityTo":
				s.Load.Capacity = true
			case "load.overloadFactor":
				s.Load.Overload = true
			}
		}
		switch setting.Key {
		case "tls.cert", "tls.key": // the one goes not without the other
			without.TLS = TLS{}
		default:
			set(&with, sampleValue(t, setting.Key, setting.typ, setting.tag, files))
		}
		return without, with
	}}}
}

// member is a member of a struct, or of a struct inside it.
type member struct {
	name  string
	index []int
	field reflect.StructField
}

func membersOf(t reflect.Type) []member {
	var all []member
	for field := range t.Fields() {
		name := field.Tag.Get("yaml")
		if inner := structOf(field.Type); inner != nil {
			for _, below := range membersOf(inner) {
				all = append(all, member{name + "." + below.name, append(slices.Clone(field.Index), below.index...), below.field})
			}
			continue
		}
		all = append(all, member{name, field.Index, field})
	}
	return all
}

func (m member) in(value reflect.Value) reflect.Value {
	for _, i := range m.index {
		if value.Kind() == reflect.Pointer {
			if value.IsNil() {
				value.Set(reflect.New(value.Type().Elem()))
			}
			value = value.Elem()
		}
		value = value.Field(i)
	}
	return value
}

// sampleValue is a value other than the usual one.
func sampleValue(t *testing.T, key string, typ reflect.Type, tag reflect.StructTag, files map[string]string) reflect.Value {
	text := "sample-of-" + key
	switch {
	case key == "load.stages":
		text = "5..7:3s"
	case key == "load.shard":
		text = "2/3"
	case key == "load.startAt":
		text = "2999-01-31T12:00:00Z"
	case key == "load.abortOn":
		text = "failures=5%"
	case tag.Get("values") != "":
		text = Words(tag.Get("values"))[1]
	case files[key] != "":
		text = files[key]
	case tag.Get("arg") == "FILE":
		text = files["key.pub"]
	}
	no := false
	switch reflect.Zero(typ).Interface().(type) {
	case string:
		return reflect.ValueOf(text)
	case []string:
		return reflect.ValueOf([]string{text})
	case Calls:
		return reflect.ValueOf(Calls{{URL: text}})
	case map[string]string:
		return reflect.ValueOf(map[string]string{"Sample": text})
	case bool:
		return reflect.ValueOf(true)
	case *bool:
		return reflect.ValueOf(&no)
	case int:
		return reflect.ValueOf(7)
	case float64:
		return reflect.ValueOf(0.75)
	case time.Duration:
		return reflect.ValueOf(77 * time.Second)
	}
	t.Fatalf("%s: no sample for a %s", key, typ)
	return reflect.Value{}
}

func sampleFiles(t *testing.T) map[string]string {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certificate, key := certificate(t)
	return map[string]string{
		"key.pub": write("key.pub", "a key"), "cert": write("cert.pem", certificate), "key": write("cert.key", key),
		"waivers": write("waivers.yaml", "- {id: exp-present, reason: ticket 7, owner: ann, expires: 2027-01-31}\n"),
	}
}

// TestSettingsAreDescribed holds the tags to what the help and the schema need.
func TestSettingsAreDescribed(t *testing.T) {
	variables, flags := map[string]string{}, map[string]string{}
	for _, s := range All() {
		if s.Doc == "" {
			t.Errorf("%s has no doc", s.Key)
		}
		if s.Words != "" && len(Words(s.Words)) == 0 {
			t.Errorf("%s: no words %q", s.Key, s.Words)
		}
		if other := variables[s.Variable()]; other != "" {
			t.Errorf("%s and %s have the variable %s", s.Key, other, s.Variable())
		}
		variables[s.Variable()] = s.Key
		if other := flags[s.Flag]; s.Flag != "" && other != "" {
			t.Errorf("%s and %s have the flag %s", s.Key, other, s.Flag)
		}
		flags[s.Flag] = s.Key
	}
	for key, want := range map[string]string{
		"publicKeys": "WEBCHATSPEC_PUBLIC_KEYS", "load.objective.errorShare": "WEBCHATSPEC_LOAD_OBJECTIVE_ERROR_SHARE",
	} {
		if variables[want] != key {
			t.Errorf("%s is of %q, want %s", want, variables[want], key)
		}
	}
}

// TestComposedTakesFromTheEndpoint holds what the rooms take from one another.
func TestComposedTakesFromTheEndpoint(t *testing.T) {
	var c webchatspec.Config
	c.Endpoint.URL, c.Endpoint.CA = "http://localhost/token", []byte("authority")
	if page := c.Composed().Page; page.Endpoint != c.Endpoint.URL || string(page.CA) != "authority" {
		t.Errorf("page %+v", page)
	}
	c.Page.Endpoint = "http://localhost/other"
	if page := c.Composed().Page; page.Endpoint != "http://localhost/other" {
		t.Errorf("the page's own endpoint became %s", page.Endpoint)
	}
}

// certificate makes a certificate and its key, PEM.
func certificate(t *testing.T) (certificate, key string) {
	t.Helper()
	_, server, err := keys.Authority()
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(server.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return block("CERTIFICATE", server.Certificate[0]), block("PRIVATE KEY", der)
}
