package suites

import (
	"slices"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/rulebook"
)

// cacheFix is the fix where a cache hands out what it had kept.
const cacheFix = "A cache on the way keeps the answers: send Cache-Control: no-store, and exclude the endpoint's address from the caches of the framework, the proxy and the content network."

// notCacheable is the check that tells of caches that keep answers.
const notCacheable = "http-not-cacheable"

// tellCaches names a cache as the cause of what was found in answers of which it
// says that it had kept them: another visitor's token, an old one. The check of
// caches tells it, and the others are explained by it.
func (e *evidence) tellCaches(outcomes []record.Outcome) {
	told := slices.ContainsFunc(outcomes, func(o record.Outcome) bool {
		return o.ID == notCacheable && o.State == record.Failed && slices.ContainsFunc(o.Findings, e.cameFromCache)
	})
	for i := range outcomes {
		o := &outcomes[i]
		if o.State != record.Failed || !isOfKeptAnswers(o.ID) {
			continue
		}
		kept := 0
		for j := range o.Findings {
			if x, ok := e.Exchange(o.Findings[j].Exchange); ok && e.cameFromCache(o.Findings[j]) {
				kept++
				o.Findings[j].Actual += cacheTold(x)
				o.Findings[j].Hint = cacheFix
			}
		}
		if told && kept == len(o.Findings) {
			o.State, o.BlockedBy, o.Reason = record.Blocked, notCacheable, "explained by "+notCacheable
		}
	}
}

// cameFromCache says whether a cache had kept the answer that a finding is about.
func (e *evidence) cameFromCache(f record.Finding) bool {
	x, ok := e.Exchange(f.Exchange)
	if !ok {
		return false
	}
	_, kept := cacheSigns(x)
	return kept
}

// isOfKeptAnswers says whether a check fails on answers that a cache had kept:
// those of whose a token is, and of how old it is.
func isOfKeptAnswers(id string) bool {
	check, _ := Lookup(id)
	fresh := slices.ContainsFunc(rulebook.Rules(""), func(r rulebook.Rule) bool { return r.ID == id && r.Fresh })
	return fresh || check.Area == AreaIdentity || check.Area == AreaFreshness
}

// toldCaches tells the headers of an answer to the page by which a cache says that
// it gave it, or "".
func toldCaches(r record.PageRequest) string {
	header := map[string][]string{}
	for name, value := range r.CacheHeaders {
		header[name] = []string{value}
	}
	if told, kept := record.CacheSigns(header); kept {
		return told
	}
	return ""
}

// sharedByCache is a finding about tokens of the page, with the cache named that had
// kept an answer of the token endpoint, where one said so.
func (p pageRun) sharedByCache(f *record.Finding) *record.Finding {
	for _, r := range p.Requests {
		if told := toldCaches(r); r.Issuer && told != "" {
			f.Actual += "; a cache before the issuer had kept an answer: " + toldRequest(r) + ", with " + told
			f.Hint = cacheFix
			return f
		}
	}
	return f
}
