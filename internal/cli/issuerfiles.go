package cli

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/webchatspec/webchatspec/address"
	"github.com/webchatspec/webchatspec/fixtures/issuers"
)

// issuerFiles are the files that an issuer leaves for whoever checks it.
type issuerFiles struct {
	PublicKeys    []string
	CA            string
	Configuration string

	known, other                  []string
	payloadPublic, payloadPrivate string
}

// writeIssuerFiles writes the keys, and a configuration that names them, into
// folder; the public key into publicKeyOut if that is given. A second public key
// goes beside the first.
func writeIssuerFiles(folder, publicKeyOut string, setup issuers.Setup) (files issuerFiles, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return files, err
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return files, err
	}
	write := func(path, text string, mode os.FileMode) string {
		if text == "" || err != nil {
			return ""
		}
		err = writeNew(path, []byte(text), mode, true)
		return path
	}
	writeAll := func(base string, texts []string) (paths []string) {
		stem, extension := strings.TrimSuffix(base, filepath.Ext(base)), filepath.Ext(base)
		for i, text := range texts {
			name := base
			if i > 0 {
				name = fmt.Sprintf("%s-%d%s", stem, i+1, extension)
			}
			paths = append(paths, write(name, text, 0o644)) // public keys
		}
		return paths
	}
	if publicKeyOut == "" {
		publicKeyOut = filepath.Join(folder, "issuer.pub")
	} else if publicKeyOut, err = filepath.Abs(publicKeyOut); err != nil {
		return files, err
	}
	in := func(name string) string { return filepath.Join(folder, name) }
	files.PublicKeys = writeAll(publicKeyOut, setup.PublicKeys)
	files.known, files.other = writeAll(in("known.pub"), setup.KnownKeys), writeAll(in("other.pub"), setup.OtherKeys)
	files.CA = write(in("authority.pem"), string(setup.CA), 0o644)
	files.payloadPublic = write(in("vendor.pub"), setup.PayloadPublicKey, 0o644)
	files.payloadPrivate = write(in("vendor.pem"), setup.PayloadPrivateKey, 0o600)
	if err != nil {
		return files, err
	}
	text, err := yaml.Marshal(issuerConfiguration(setup, files))
	if err != nil {
		return files, err
	}
	files.Configuration = write(in("webchatspec.yaml"), string(text), 0o600)
	return files, err
}

// issuerConfiguration is webchatspec.yaml for a site, with the keys that
// [config.Settings] has; what the site does not have is left out.
func issuerConfiguration(setup issuers.Setup, files issuerFiles) yaml.MapSlice {
	settings := yaml.MapSlice{{Key: "endpoint", Value: setup.Endpoint}}
	add := func(key string, given bool, value any) {
		if given {
			settings = append(settings, yaml.MapItem{Key: key, Value: value})
		}
	}
	add("profile", chosenProfile(setup) != "", chosenProfile(setup))
	add("publicKeys", true, files.PublicKeys)
	add("knownKeys", files.known != nil, files.known)
	add("otherKeys", files.other != nil, files.other)
	add("tls", files.CA != "", yaml.MapSlice{{Key: "ca", Value: files.CA}})
	add("plainEndpoint", setup.PlainEndpoint != "", setup.PlainEndpoint)
	add("payload", files.payloadPrivate != "", yaml.MapSlice{
		{Key: "publicKey", Value: files.payloadPublic}, {Key: "privateKey", Value: files.payloadPrivate},
	})
	add("relying", setup.Relying != nil, []yaml.MapSlice{callConfiguration(setup.Relying)})
	users := []yaml.MapSlice{userConfiguration(setup.UserName, setup.UserValues(), setup.Login, setup.Logout)}
	if setup.OtherLogin != nil {
		users = append(users, userConfiguration(setup.OtherName, setup.OtherValues(), setup.OtherLogin, setup.Logout))
	}
	add("users", setup.Login != nil, users)
	page := yaml.MapSlice{{Key: "url", Value: setup.Page}}
	if setup.PageLogin != "" {
		page = append(page,
			yaml.MapItem{Key: "login", Value: yaml.MapSlice{{Key: "script", Value: escaped(setup.PageLogin)}}},
			yaml.MapItem{Key: "logout", Value: yaml.MapSlice{{Key: "script", Value: escaped(setup.PageLogout)}}})
	}
	add("page", setup.Page != "", page)
	return settings
}

func userConfiguration(name string, values map[string]string, login, logout *issuers.Request) yaml.MapSlice {
	return yaml.MapSlice{
		{Key: "name", Value: name},
		{Key: "values", Value: values},
		{Key: "login", Value: callConfiguration(login)},
		{Key: "logout", Value: callConfiguration(logout)},
	}
}

// escaped is a text as webchatspec.yaml has it, where "$" begins a variable.
func escaped(text string) string { return strings.ReplaceAll(text, "$", "$$") }

// callConfiguration is a request in webchatspec.yaml.
func callConfiguration(call *issuers.Request) yaml.MapSlice {
	if call == nil {
		return nil
	}
	settings := yaml.MapSlice{{Key: "method", Value: call.Method}, {Key: "url", Value: escaped(call.URL)}}
	if len(call.Header) > 0 {
		settings = append(settings, yaml.MapItem{Key: "headers", Value: call.Header})
	}
	if len(call.Form) > 0 {
		settings = append(settings, yaml.MapItem{Key: "form", Value: call.Form})
	}
	if call.JSON != "" {
		settings = append(settings, yaml.MapItem{Key: "json", Value: escaped(call.JSON)})
	}
	return settings
}

// loopbackPort is the port of an address that must be on loopback, where the
// issuers of other languages listen.
func loopbackPort(listen string) (int, error) {
	host, text, err := net.SplitHostPort(listen)
	if err != nil {
		return 0, err
	}
	if !address.IsLocalName(host) {
		return 0, fmt.Errorf("%s is not on loopback, where this issuer listens: want 127.0.0.1:PORT", listen)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("port %q is not a number from 0 to 65535", text)
	}
	return int(port), nil
}
