package endpoint

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/webchatspec/webchatspec/record"
)

// mostChangedSteps is how many requests of the visit are changed.
const mostChangedSteps = 2

// visitCarriers are the requests that come before the first one for a token: a site may
// begin a session as whoever these name. Where only users are served, the login follows, and
// says who it is.
func (c *Client) visitCarriers(names []string) (list []carrier) {
	if !*c.config.Anonymous {
		return nil
	}
	for i, step := range c.config.Visit[:min(len(c.config.Visit), mostChangedSteps)] {
		about := step.URL + ","
		changing := func(where string, changed func(values map[string]string) Request) {
			list = append(list, carrier{variant: record.VariantChangedVisit, about: about, where: where + " of " + step.URL + ",", names: names, before: func(values map[string]string) []Request {
				steps := slices.Clone(c.config.Visit)
				steps[i] = changed(values)
				return steps
			}})
		}
		changing("query", step.withQuery)
		var body map[string]any
		switch {
		case json.Unmarshal([]byte(step.JSON), &body) == nil:
			changing("JSON body", func(values map[string]string) Request {
				changed := step
				changed.JSON = withMembers(step.JSON, values)
				return changed
			})
		case len(step.Form) > 0:
			changing("form body", func(values map[string]string) Request {
				changed := step
				changed.Form = maps.Clone(values)
				maps.Copy(changed.Form, step.Form)
				return changed
			})
		}
	}
	return list
}

// withQuery is the request with further parameters in its address.
func (r *Request) withQuery(values map[string]string) Request {
	changed := *r
	address, fragment, _ := strings.Cut(r.URL, "#")
	mark := "?"
	if strings.Contains(address, "?") {
		mark = "&"
	}
	changed.URL = address + mark + valuesOf(values).Encode()
	if fragment != "" {
		changed.URL += "#" + fragment
	}
	return changed
}

// offerBefore asks for a token as a newcomer whose visit had an identity in it. The site may
// refuse that visit.
func (o *offers) offerBefore(ctx context.Context, visit []Request, a ask) *answer {
	a.visitor = o.newVisitor()
	if !o.steps(ctx, a.visitor, record.VariantOfferedVisit, visit) {
		return &answer{}
	}
	return o.send(ctx, a)
}
