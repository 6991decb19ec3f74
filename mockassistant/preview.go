package mockassistant

import (
	_ "embed"
	"html/template"
	"net/http"
	"strings"
)

//go:embed preview.html
var previewSource string

var previewPage = template.Must(template.New("preview").Parse(previewSource))

// preview answers the shareable preview link: a page with nothing but the chat,
// for whoever has the link. As nobody signs tokens there, security disables it.
func (s *Server) preview(r *http.Request) answer {
	query := r.URL.Query()
	view := struct {
		Secured               bool
		IntegrationID, Region string
	}{s.SecurityOn(), query.Get("integrationID"), query.Get("region")}
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
