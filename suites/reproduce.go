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
	if !ok {
		return ""
	}
	return curl(exchange.Request)
}

// ownHeaders are set by curl itself.
var ownHeaders = []string{"Accept-Encoding", "Connection", "Content-Length", "Host"}

// curl writes the request as a command line for a POSIX shell.
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
		line = append(line, "--data-raw", shellQuote(request.Body))
	}
	return strings.Join(append(line, shellQuote(request.URL)), " ")
}

// headerArgument quotes one header; masked pieces become variables, which a
// shell expands only between double quotes.
func headerArgument(name, value string) string {
	if value == "" {
		return shellQuote(name + ";") // curl's form of an empty header
	}
	if !strings.Contains(value, "«") {
		return shellQuote(name + ": " + value)
	}
	var quoted strings.Builder
	for i, piece := range strings.Split(value, "«") {
		if i > 0 {
			secret, rest, _ := strings.Cut(piece, "»")
			fmt.Fprintf(&quoted, `"$%s"`, variableName(secret))
			piece = rest
		}
		if piece != "" {
			quoted.WriteString(shellQuote(piece))
		}
	}
	return shellQuote(name+": ") + quoted.String()
}

// variableName makes a shell variable's name of what was masked:
// "session cookie masked" becomes SESSION_COOKIE.
func variableName(secret string) string {
	secret = strings.TrimSuffix(secret, " masked")
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
