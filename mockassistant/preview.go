package mockassistant

import (
	_ "embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/webchatspec/webchatspec/profiles"
)

//go:embed preview.html
var previewSource string

var previewPage = template.Must(template.New("preview").Parse(previewSource))

// preview answers the shareable preview link: a page with nothing but the chat,
// for whoever has the link. As nobody signs tokens there, security disables it.
func (s *Server) preview(r *http.Request) answer {
	query := r.URL.Query()
	values := map[string]string{}
	for _, name := range []string{"integration", "region"} {
		if value := query.Get(s.profile.Page.Names[name]); value != "" {
			values[name] = value
		}
	}
	view := struct {
		Secured  bool
		Contract profiles.Page
		Script   string
		Embed    template.JS
		Values   map[string]string
	}{s.SecurityOn(), s.profile.Page, s.profile.Page.ScriptPath(), template.JS(embedding), values} // our own script
	var page strings.Builder
	if err := previewPage.Execute(&page, view); err != nil {
		return refuse(Refusal{http.StatusInternalServerError, err.Error()})
	}
	a := answer{status: http.StatusOK, contentType: "text/html; charset=utf-8", body: []byte(page.String())}
	if view.Secured {
		a.status = http.StatusForbidden
	}
	return a
}
