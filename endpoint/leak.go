package endpoint

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// maxSearched is how much of a body is searched for secrets.
const maxSearched = 512 << 10

// maxKeys bounds the private keys that are looked for in one body.
const maxKeys = 5

// leaks finds secrets and inner details in an answer.
func (e *examiner) leaks(a *ask, result *answer) []record.Leak {
	var found []record.Leak
	add := func(kind, where, excerpt string) {
		leak := record.Leak{Kind: kind, Where: where, Excerpt: shorten(e.secrets.Mask(strings.ToValidUTF8(excerpt, "\ufffd")), 160)}
		if !slices.ContainsFunc(found, func(other record.Leak) bool { return other.Kind == kind && other.Where == where }) {
			found = append(found, leak)
		}
	}
	body := string(result.body[:min(len(result.body), maxSearched)])
	e.headerLeaks(result.header, add)
	if !result.ok() && slices.ContainsFunc(secrets.Tokens(body), e.isIdentityToken) {
		add(record.LeakToken, "body", "")
	}
	if name := e.secrets.In(body); name != "" {
		add(record.LeakSecret, "body", name)
	}
	for _, key := range secrets.Find(body, maxKeys) {
		add(key.Kind, "body", key.Label)
	}
	if result.status >= 400 {
		if trace := stackTrace.FindString(body); trace != "" {
			add(record.LeakStackTrace, "body", trace)
		}
		if path := serverPath.FindStringSubmatch(body); path != nil {
			add(record.LeakServerPath, "body", path[1])
		}
	}
	if a.variant == record.VariantPath && a.probe == record.ProbePaths && result.status < 300 {
		fileLeaks(result.header, result.body, add)
	}
	return found
}

// headerLeaks finds private keys in headers, and identity tokens in headers in which they
// do not belong. What cookies hold is noted with the cookies.
func (e *examiner) headerLeaks(header http.Header, add func(kind, where, excerpt string)) {
	for name, values := range header {
		if name == "Set-Cookie" || e.tokenIn[0].kind == placeHeader && strings.EqualFold(name, e.tokenIn[0].name) {
			continue
		}
		for _, value := range values {
			if slices.ContainsFunc(secrets.Tokens(value), e.isIdentityToken) {
				add(record.LeakToken, "header:"+name, value)
			}
			for _, key := range secrets.Find(value, maxKeys) {
				add(key.Kind, "header:"+name, key.Label)
			}
		}
	}
}

// stackTrace matches what the common runtimes print when a program fails: Node, Python,
// Java, .NET, Go, Ruby, PHP and Rust.
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

// serverPath matches the path of a file on the server's disk: a well-known root or a
// drive, and a file with an extension or a line number. A path in an attribute, such as
// that of a link, does not count.
var serverPath = regexp.MustCompile(`(?:^|[\s('"\x60>:;,]|&quot;|&#39;|&#x27;|file://)((?:/(?:home|Users)/[\w.-]+|/root|/usr/(?:src|local|lib|share)|/var/(?:www|task|lib|app|opt)|/srv|/opt|/tmp|/private/(?:var|tmp)|/workspace|/data/www)(?:/[\w.@+-]+)*/[\w.@+-]+\.[A-Za-z]\w{0,5}(?::\d+)?|/(?:app|code|web|site)(?:/[\w.@+-]+)*/[\w.@+-]+\.[A-Za-z]\w{0,5}:\d+|[A-Z]:\\(?:[\w.@ +-]+\\)+[\w.@+-]+|ENOENT[^\n]{0,80}'/[^'\n]+')`)

var (
	directoryList = regexp.MustCompile(`(?i)<title>\s*(?:index of /|directory listing for|listing directory|listing of /|files within )|<h1>\s*(?:index of /|directory listing for)|^<pre>\s*<a href="[^"]+">[^<]+</a>`)
	gitConfig     = regexp.MustCompile(`(?m)^\[core\]\s*$|^\s*repositoryformatversion\s*=|\Aref: refs/heads/`)
	passwdFile    = regexp.MustCompile(`(?m)^root:[^:\n]*:0:0:`)
	serverSource  = regexp.MustCompile(`\brequire\(['"](?:node:)?(?:express|jsonwebtoken|http|https|fs|path|koa|fastify|cookie-parser|crypto|dotenv)['"]\)|from ['"](?:node:)?(?:express|jsonwebtoken|fs|http|koa|fastify|jose)['"]|\b(?:jwt|jsonwebtoken)\.(?:sign|encode)\(|readFileSync\(|createServer\(|^import jwt\b|^from (?:flask|django|fastapi)|<\?php|^package main\b`)
)

// fileLeaks recognises by its content what was served under a path that nobody should be
// able to read. The status does not tell: many sites answer every path with 200 and
// their start page.
func fileLeaks(header http.Header, body []byte, add func(kind, where, excerpt string)) {
	text := string(beginning(body))
	media, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	markup := media == "text/html" || strings.HasPrefix(strings.ToLower(strings.TrimSpace(text)), "<!doctype html") || strings.HasPrefix(strings.TrimSpace(text), "<html")
	if directoryList.MatchString(text) {
		add(record.LeakDirectoryList, "body", directoryList.FindString(text))
	}
	if secrets.IsPrivateDER(body) {
		add(record.LeakPrivateKey, "body", "DER")
	}
	if line := passwdFile.FindString(text); line != "" {
		add(record.LeakSecret, "body", "a file outside the site's folder: "+line)
	}
	if markup && !strings.HasPrefix(strings.TrimSpace(text), "<?php") {
		return
	}
	if name := secrets.Setting(text); name != "" {
		add(record.LeakSecret, "body", name+"=«masked»")
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
