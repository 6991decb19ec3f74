package endpoint

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// maxSearched is how much of a body is searched for secrets.
const maxSearched = 512 << 10

// leaks finds secrets and inner details in an answer.
func (g *gathering) leaks(a *ask, result *answer) []record.Leak {
	var found []record.Leak
	add := func(kind, where, excerpt string) {
		leak := record.Leak{Kind: kind, Where: where, Excerpt: shorten(g.secrets.mask(strings.ToValidUTF8(excerpt, "\ufffd")), 160)}
		if !slices.ContainsFunc(found, func(other record.Leak) bool { return other.Kind == kind && other.Where == where }) {
			found = append(found, leak)
		}
	}
	body := string(result.body[:min(len(result.body), maxSearched)])
	g.headerLeaks(result.header, add)
	if !result.ok() && slices.ContainsFunc(record.FindTokens(body), g.isIdentityToken) {
		add(record.LeakToken, "body", "")
	}
	if name := g.secrets.found(body); name != "" {
		add(record.LeakSecret, "body", name)
	}
	if at := privateKeyIn(body); at != "" {
		add(record.LeakPrivateKey, "body", at)
	}
	if members := privateJWK.FindString(body); members != "" {
		add(record.LeakPrivateJWK, "body", members[:strings.IndexByte(members, ':')])
	}
	if result.status >= 400 {
		if trace := stackTrace.FindString(body); trace != "" {
			add(record.LeakStackTrace, "body", trace)
		}
		if path := serverPath.FindStringSubmatch(body); path != nil {
			add(record.LeakServerPath, "body", path[1])
		}
	}
	if a.variant != "" && a.probe == record.ProbePaths && result.status < 300 {
		fileLeaks(result.header, result.body, add)
	}
	return found
}

// headerLeaks finds identity tokens in headers other than where they belong.
// Cookies have a fact of their own.
func (g *gathering) headerLeaks(header http.Header, add func(kind, where, excerpt string)) {
	place, _ := strings.CutPrefix(g.config.TokenIn, tokenInHeader)
	for name, values := range header {
		if name == "Set-Cookie" || strings.EqualFold(name, place) {
			continue
		}
		for _, value := range values {
			if slices.ContainsFunc(record.FindTokens(value), g.isIdentityToken) {
				add(record.LeakToken, "header:"+name, value)
			}
		}
	}
}

var (
	privateLabel = regexp.MustCompile(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d`)
	privateJWK   = regexp.MustCompile(`"(?:d|p|q|dp|dq|qi)"\s*:\s*"[A-Za-z0-9_-]{40,}"`)
	keyText      = regexp.MustCompile(`[A-Za-z0-9+/=]{16,}`)
)

// privateKeyIn returns the label of a private key in text, or "". A label alone,
// as pages that explain keys have it, is none: key text must follow.
func privateKeyIn(text string) string {
	for _, at := range privateLabel.FindAllStringIndex(text, 5) {
		after := text[at[1]:min(len(text), at[1]+4<<10)]
		if end := strings.Index(after, "-----END"); end >= 0 {
			after = after[:end]
		}
		if len(strings.Join(keyText.FindAllString(after, -1), "")) >= 48 {
			return text[at[0]:at[1]]
		}
	}
	return ""
}

// stackTrace matches what the common runtimes print of a failure: Node, Python,
// Java and .NET, Go, Ruby, PHP, Rust.
var stackTrace = regexp.MustCompile(`(?m)` + strings.Join([]string{
	`^\s*(?:<br>\s*)?(?:&nbsp;\s*)*at (?:async )?(?:new )?[\w.$<>&;\[\] ]+ \((?:[\w./\\@:-]+):\d+:\d+\)`,
	`\bat (?:file://|/|node:)[\w./@-]+:\d+:\d+`,
	`Traceback \(most recent call last\)`,
	`File (?:"|&quot;|&#34;)[^"&\n]+(?:"|&quot;|&#34;), line \d+, in `,
	`\bat [\w.$]+\([\w$]+\.(?:java|kt|scala):\d+\)`,
	`\bat [\w.<>` + "`" + `\[\], ]+\(.*\) in .+:line \d+`,
	`goroutine \d+ \[[\w ]+\]:`,
	`[\w./-]+\.rb:\d+:in `,
	`(?:Fatal error|Warning|Uncaught \w+)(?:</b>)?:.* in (?:<b>)?[\w./\\:-]+\.php(?:</b>)? on line`,
	`#\d+ [\w./\\:-]+\.php\(\d+\): `,
	`panicked at (?:'.*', )?[\w./-]+\.rs:\d+`,
}, "|"))

// serverPath matches a file of the server's disk: a well-known root, or a drive,
// and a file with an extension or a line. What stands in an attribute, as links
// do, is none.
var serverPath = regexp.MustCompile(`(?:^|[\s('"\x60>:;,]|&quot;|&#39;|&#x27;|file://)((?:/(?:home|Users)/[\w.-]+|/root|/usr/(?:src|local|lib|share)|/var/(?:www|task|lib|app|opt)|/srv|/opt|/tmp|/private/(?:var|tmp)|/workspace|/data/www)(?:/[\w.@+-]+)*/[\w.@+-]+\.[A-Za-z]\w{0,5}(?::\d+)?|/(?:app|code|web|site)(?:/[\w.@+-]+)*/[\w.@+-]+\.[A-Za-z]\w{0,5}:\d+|[A-Z]:\\(?:[\w.@ +-]+\\)+[\w.@+-]+|ENOENT[^\n]{0,80}'/[^'\n]+')`)

var (
	directoryList = regexp.MustCompile(`(?i)<title>\s*(?:index of /|directory listing for|listing directory|listing of /|files within )|<h1>\s*(?:index of /|directory listing for)|^<pre>\s*<a href="[^"]+">[^<]+</a>`)
	environment   = regexp.MustCompile(`(?m)^(?:export )?\w*(?:SECRET|PASSWORD|PASSWD|PRIVATE|API_?KEY|ACCESS_?KEY|RSA_KEY|TOKEN|DATABASE_URL)\w*\s*=\s*\S{4,}`)
	gitConfig     = regexp.MustCompile(`(?m)^\[core\]\s*$|^\s*repositoryformatversion\s*=|\Aref: refs/heads/`)
	secretMember  = regexp.MustCompile(`(?i)"[\w-]*(?:password|passwd|secret|private_?key|api_?key|access_?key)[\w-]*"\s*:\s*"[^"]{4,}"`)
	passwdFile    = regexp.MustCompile(`(?m)^root:[^:\n]*:0:0:`)
	serverSource  = regexp.MustCompile(`\brequire\(['"](?:node:)?(?:express|jsonwebtoken|http|https|fs|path|koa|fastify|cookie-parser|crypto|dotenv)['"]\)|from ['"](?:node:)?(?:express|jsonwebtoken|fs|http|koa|fastify|jose)['"]|\b(?:jwt|jsonwebtoken)\.(?:sign|encode)\(|readFileSync\(|createServer\(|^import jwt\b|^from (?:flask|django|fastapi)|<\?php|^package main\b`)
)

// fileLeaks judges by its content what was served under a path that nobody
// should be able to read. The status says nothing: many sites answer every path
// with 200 and their start page.
func fileLeaks(header http.Header, body []byte, add func(kind, where, excerpt string)) {
	text := string(beginning(body))
	media, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	markup := media == "text/html" || strings.HasPrefix(strings.ToLower(strings.TrimSpace(text)), "<!doctype html") || strings.HasPrefix(strings.TrimSpace(text), "<html")
	if directoryList.MatchString(text) {
		add(record.LeakDirectoryList, "body", directoryList.FindString(text))
	}
	if isPrivateDER(body) {
		add(record.LeakPrivateKey, "body", "DER")
	}
	if line := passwdFile.FindString(text); line != "" {
		add(record.LeakSecret, "body", "a file outside the site's folder: "+line)
	}
	if markup && !strings.HasPrefix(strings.TrimSpace(text), "<?php") {
		return
	}
	if line := environment.FindString(text); line != "" {
		name, _, _ := strings.Cut(line, "=")
		add(record.LeakSecret, "body", name+"=«masked»")
	}
	if member := secretMember.FindString(text); member != "" {
		name, _, _ := strings.Cut(member, ":")
		add(record.LeakSecret, "body", name+": «masked»")
	}
	for _, sign := range []*regexp.Regexp{gitConfig, serverSource} {
		if line := sign.FindString(text); line != "" {
			add(record.LeakSourceCode, "body", line)
		}
	}
	if isPackageFile(body) {
		add(record.LeakSourceCode, "body", "package.json")
	}
	if bytes.HasPrefix(body, []byte("PK\x03\x04")) || bytes.HasPrefix(body, []byte("\x1f\x8b\x08")) && media != "text/html" {
		add(record.LeakSourceCode, "body", "an archive")
	}
}

// isPrivateDER says whether body is a private key without PEM round it.
func isPrivateDER(body []byte) bool {
	if len(body) < 32 || len(body) > 64<<10 || body[0] != 0x30 {
		return false
	}
	if _, err := x509.ParsePKCS1PrivateKey(body); err == nil {
		return true
	}
	if _, err := x509.ParsePKCS8PrivateKey(body); err == nil {
		return true
	}
	_, err := x509.ParseECPrivateKey(body)
	return err == nil
}

// isPackageFile says whether body is the package.json of a Node program.
func isPackageFile(body []byte) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return false
	}
	_, name := members["name"]
	_, scripts := members["scripts"]
	_, dependencies := members["dependencies"]
	return dependencies && (name || scripts)
}
