package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/webchatspec/webchatspec/internal/input"
	"github.com/webchatspec/webchatspec/internal/spelling"
)

// maxFile bounds every file named by the configuration, keys and waivers too.
const maxFile = 4 << 20

// ReadFile reads settings from the YAML file name. Paths in it are relative to
// its folder. Errors show the lines, and for an unknown key the one that was
// probably meant.
func ReadFile(name string) (Settings, error) { return ReadFileWith(name, os.LookupEnv) }

// ReadFileWith is [ReadFile] with the variables that lookup knows, in the place of the
// environment's.
func ReadFileWith(name string, lookup func(string) (string, bool)) (Settings, error) {
	text, err := input.File(name, maxFile)
	if err != nil {
		return Settings{}, err
	}
	settings, err := parseWith(text, lookup)
	if err != nil {
		return Settings{told: settings.told}, inFile(name, err) // what is told of the error may hold them
	}
	for key, place := range settings.places {
		settings.places[key] = name + ", " + place
	}
	settings.resolvePaths(filepath.Dir(name))
	return settings, nil
}

// inFile puts the file's name before each of the errors that err joins.
func inFile(name string, err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return fmt.Errorf("%s: %w", name, err)
	}
	var errs []error
	for _, err := range joined.Unwrap() {
		errs = append(errs, fmt.Errorf("%s: %w", name, err))
	}
	return errors.Join(errs...)
}

// resolvePaths makes relative paths relative to folder.
func (s *Settings) resolvePaths(folder string) {
	resolve := func(path *string) {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(folder, *path)
		}
	}
	for _, setting := range All() {
		if !setting.isPath() || !s.given(setting.Key) {
			continue
		}
		switch to := setting.in(s).Addr().Interface().(type) {
		case *string:
			resolve(to)
		case *[]string:
			for i := range *to {
				resolve(&(*to)[i])
			}
		}
	}
}

// Parse reads settings from YAML text. An empty text gives empty settings.
func Parse(text []byte) (Settings, error) { return parseWith(text, os.LookupEnv) }

func parseWith(text []byte, lookup func(string) (string, bool)) (Settings, error) {
	var settings Settings
	file, err := parseYAML(text)
	if err != nil {
		return settings, err
	}
	outline := outline{places: map[string]string{}}
	for _, document := range file.Docs {
		outline.read(document.Body, reflect.TypeFor[Settings](), "")
	}
	settings.places = outline.places
	if err := errors.Join(outline.mistakes...); err != nil {
		return settings, err
	}
	if err := decode(text, &settings, keysOf(reflect.TypeFor[Settings]())); err != nil {
		return settings, err
	}
	if err := settings.expand(lookup); err != nil {
		return settings, err
	}
	return settings, settings.check()
}

// outline is what a configuration file has where, before its values are read.
type outline struct {
	places   map[string]string // key to line, for keys of settings
	mistakes []error
}

// read walks through the node of a value of type t, which stands at the key.
func (o *outline) read(node ast.Node, t reflect.Type, key string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch node := node.(type) {
	case *ast.AnchorNode:
		o.read(node.Value, t, key)
	case *ast.TagNode:
		o.read(node.Value, t, key)
	case *ast.SequenceNode:
		if t.Kind() == reflect.Slice {
			for _, value := range node.Values {
				o.read(value, t.Elem(), "")
			}
		}
	case *ast.MappingNode:
		if len(node.Values) > 0 {
			o.members(node.Values, t, key)
		}
	case *ast.MappingValueNode:
		o.members([]*ast.MappingValueNode{node}, t, key)
	case *ast.NullNode:
		if t.Kind() == reflect.String && key != "" {
			o.mistakes = append(o.mistakes, fmt.Errorf("line %d: %s has no value; give it one, or take the line out", node.GetToken().Position.Line, key))
		}
	case ast.ScalarNode:
		if t == durationType {
			o.duration(node)
		}
	}
}

// members reads the keys of a struct, and misses those that must be there.
func (o *outline) members(members []*ast.MappingValueNode, t reflect.Type, key string) {
	merged := false
	if t == callsType { // one in the place of a list of one
		t, key = t.Elem(), ""
	}
	for _, member := range members {
		o.member(member, t, key)
		merged = merged || member.Key.Type() == ast.MergeKeyType
	}
	if t.Kind() != reflect.Struct || merged {
		return
	}
	for field := range t.Fields() {
		name := field.Tag.Get("yaml")
		there := slices.ContainsFunc(members, func(m *ast.MappingValueNode) bool {
			token := m.Key.GetToken()
			return token != nil && token.Value == name
		})
		if token := members[0].Key.GetToken(); !there && field.Tag.Get("jsonschema") == "required" && token != nil {
			o.mistakes = append(o.mistakes, fmt.Errorf("line %d: %s is missing", token.Position.Line, name))
		}
	}
}

// member notes where a key stands, or that there is no such key.
func (o *outline) member(member *ast.MappingValueNode, t reflect.Type, around string) {
	token := member.Key.GetToken()
	if t.Kind() != reflect.Struct || token == nil || member.Key.Type() == ast.MergeKeyType {
		return
	}
	for field := range t.Fields() {
		if !field.IsExported() || field.Tag.Get("yaml") != token.Value {
			continue
		}
		key := strings.TrimPrefix(around+"."+token.Value, ".")
		o.places[key] = fmt.Sprintf("line %d", token.Position.Line)
		o.read(member.Value, field.Type, key)
		return
	}
	known := slices.DeleteFunc(append(ownKeys(t), keysOf(reflect.TypeFor[Settings]())...), func(key string) bool {
		return key == token.Value // a key of another part of the file, and none here
	})
	o.mistakes = append(o.mistakes, fmt.Errorf("line %d: unknown key %q%s", token.Position.Line, token.Value, spelling.DidYouMean(token.Value, known)))
}

// duration wants a unit, without which a number would be nanoseconds.
func (o *outline) duration(node ast.ScalarNode) {
	token := node.GetToken()
	if _, err := time.ParseDuration(token.Value); err != nil && node.Type() != ast.NullType {
		o.mistakes = append(o.mistakes, fmt.Errorf("line %d: %q is not a duration; give a number with a unit, such as 10s", token.Position.Line, token.Value))
	}
}

// decode decodes YAML text strictly into value; known are the keys to suggest. A
// text where a list of texts is expected is a list of one.
func decode(text []byte, value any, known []string) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict(), yaml.CustomUnmarshaler(decodeList), yaml.CustomUnmarshaler(decodeCalls))
	err := decoder.Decode(value)
	var unknown *yaml.UnknownFieldError
	var wrong *yaml.TypeError
	switch {
	case err == nil, errors.Is(err, io.EOF):
		return nil
	case errors.As(err, &unknown) && unknown.Token != nil:
		return fmt.Errorf("line %d: unknown key %q%s", unknown.Token.Position.Line, unknown.Token.Value,
			spelling.DidYouMean(unknown.Token.Value, known))
	case errors.As(err, &wrong) && wrong.Token != nil:
		return fmt.Errorf("line %d: %q is not %s", wrong.Token.Position.Line, wrong.Token.Value, kindName(wrong.DstType))
	}
	return errors.New(strings.TrimSpace(yaml.FormatError(err, false, false)))
}

// decodeList decodes a list of texts, or one text.
func decodeList(list *[]string, text []byte) error {
	var one string
	if yaml.Unmarshal(text, &one) == nil && one != "" {
		*list = []string{one}
		return nil
	}
	var many []any // texts, not []string, which would come here again
	if err := yaml.Unmarshal(text, &many); err != nil {
		return err
	}
	for _, item := range many {
		*list = append(*list, fmt.Sprint(item))
	}
	return nil
}

var callsType = reflect.TypeFor[Calls]()

// decodeCalls decodes a list of calls, or one call.
func decodeCalls(calls *Calls, text []byte) error {
	var one Request
	if yaml.Unmarshal(text, &one) == nil {
		*calls = Calls{one}
		return nil
	}
	return yaml.Unmarshal(text, (*[]Request)(calls))
}

// kindName says what kind of value a type takes.
func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	}
	return "a number"
}

// ownKeys returns the keys of a struct of settings.
func ownKeys(t reflect.Type) []string {
	var keys []string
	for field := range t.Fields() {
		if key := field.Tag.Get("yaml"); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// keysOf returns all keys of a type of settings and of those inside it.
func keysOf(t reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	keys := ownKeys(t)
	for field := range t.Fields() {
		keys = append(keys, keysOf(field.Type)...)
	}
	return keys
}
