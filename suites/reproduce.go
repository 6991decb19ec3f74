package suites

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// reproduce returns a curl command line that repeats the exchange behind a
// judgement, or "" when there is none. Secret values, masked in the evidence,
// stand as shell variables.
func (e *evidence) reproduce(j judgement) string {
	id := j.Exchange
	for _, finding := range j.Findings {
		if id == "" {
			id = finding.Exchange
		}
	}
	exchange, ok := e.Exchange(id)
	if !ok || exchange.Request.URL == "" {
		return ""
	}
	return curl(exchange.Request)
}

// ownHeaders are set by curl itself.
var ownHeaders = []string{"Accept-Encoding", "Connection", "Content-Length", "Host"}

// curl writes the request as a command line for a POSIX shell. What was masked
// stands as a variable; comments below tell where the value of each comes from.
func curl(request record.Request) string {
	line := []string{"curl", "-si"}
	switch request.Method {
	case http.MethodGet, "":
	case http.MethodHead:
		line = []string{"curl", "-sI"}
	default:
		line = append(line, "-X", shellQuote(request.Method))
	}
	for _, name := range slices.Sorted(maps.Keys(request.Header)) {
		if slices.Contains(ownHeaders, name) {
			continue
		}
		for _, value := range request.Header[name] {
			line = append(line, "-H", headerArgument(name, value))
		}
	}
	if request.Body != "" {
		line = append(line, "--data-raw", withVariables(request.Body))
	}
	command := strings.Join(append(line, withVariables(request.URL)), " ")
	for _, variable := range variables(request) {
		command += "\n# " + variable
	}
	return command
}

// variables tells of each variable of the command what its value is.
func variables(request record.Request) []string {
	var told []string
	note := func(text string) {
		for _, piece := range strings.Split(text, "«")[1:] {
			secret, _, closed := strings.Cut(piece, "»")
			row := "$" + variableName(secret) + ": " + origin(strings.TrimSuffix(secret, " masked"))
			if closed && !slices.Contains(told, row) {
				told = append(told, row)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(request.Header)) {
		if !slices.Contains(ownHeaders, name) {
			note(strings.Join(request.Header[name], " "))
		}
	}
	note(request.Body)
	note(request.URL)
	return told
}

// origin says where the value of what was masked comes from.
func origin(secret string) string {
	kind, name, _ := strings.Cut(secret, " ")
	switch {
	case strings.HasPrefix(secret, "${"):
		return "of your environment, as when the run was made"
	case kind == "cookie":
		return "the cookie " + name + ", from your configuration or from an answer of the site before"
	case kind == "header", kind == "parameter", kind == "body":
		return "the " + secret + " of your configuration"
	case strings.Contains(strings.ToLower(secret), "token"):
		return "a token, as the endpoint gives it out"
	}
	return "the " + secret + ", which no report shows"
}

// headerArgument quotes one header.
func headerArgument(name, value string) string {
	if value == "" {
		return shellQuote(name + ";") // curl's form of an empty header
	}
	return withVariables(name + ": " + value)
}

// withVariables quotes text as one word; masked pieces become variables, which a
// shell expands only between double quotes.
func withVariables(text string) string {
	if !strings.Contains(text, "«") {
		return shellQuote(text)
	}
	var quoted strings.Builder
	for i, piece := range strings.Split(text, "«") {
		if i > 0 {
			secret, rest, _ := strings.Cut(piece, "»")
			fmt.Fprintf(&quoted, `"$%s"`, variableName(secret))
			piece = rest
		}
		if piece != "" {
			quoted.WriteString(shellQuote(piece))
		}
	}
	return quoted.String()
}

// variableName makes a shell variable's name of what was masked:
// "session cookie masked" becomes SESSION_COOKIE, and "${NAME}" stays NAME.
func variableName(secret string) string {
	secret = strings.TrimSuffix(secret, " masked")
	secret = strings.TrimSuffix(strings.TrimPrefix(secret, "${"), "}")
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, secret)
}

// shellQuote quotes text as one word of a POSIX shell, if it needs to be.
func shellQuote(text string) string {
	plain := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-", r)
	}
	if text != "" && strings.IndexFunc(text, plain) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
