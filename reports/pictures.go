package reports

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"sync"

	"golang.org/x/image/draw"

	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/record"
)

// Bounds of the pictures of one report; the run file has them whole.
const (
	pictureWidth   = 560       // pixels
	picturesLimit  = 250 << 10 // bytes of all
	pictureSource  = 4 << 20   // bytes of one in the run
	pictureQuality = 62
)

// htmlPicture is a screenshot, made small.
type htmlPicture struct {
	Visitor, Step string
	Source        template.URL
	Anchor        string
	Caption       string
	Width, Height int
	bytes         int
}

// htmlPictures makes the screenshots of a page small and keeps as many as fit:
// those of steps that failed and of the expiry first. Left counts the others.
func htmlPictures(page *record.Page) (kept []htmlPicture, left int) {
	if page == nil {
		return nil, 0
	}
	shots := page.Screenshots
	pictures := make([]*htmlPicture, len(shots))
	var group sync.WaitGroup
	for i, shot := range shots {
		group.Go(func() {
			defer panics.Tell()
			pictures[i] = newHTMLPicture(shot)
		})
	}
	group.Wait()
	order := make([]int, 0, len(shots))
	for i := range shots {
		if pictures[i] == nil {
			left++
			continue
		}
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(pictureRank(page, shots[a]), pictureRank(page, shots[b]))
	})
	used := 0
	chosen := map[int]bool{}
	for _, i := range order {
		if rank := pictureRank(page, shots[i]); used+pictures[i].bytes > picturesLimit && rank > 0 {
			left++
			continue
		}
		used += pictures[i].bytes
		chosen[i] = true
	}
	for i, picture := range pictures {
		if chosen[i] {
			picture.Anchor = fmt.Sprintf("picture-%d", i+1)
			kept = append(kept, *picture)
		}
	}
	return kept, left
}

// Picture is a screenshot as a file.
type Picture struct {
	Name string // of the file
	PNG  []byte
}

// FailedPictures returns the screenshots of the steps that the page did not come
// through; of the last step that was seen where all were done and a page check failed.
func FailedPictures(run record.Run) []Picture {
	page := run.Evidence.Page
	if page == nil || !slices.ContainsFunc(failing(run), func(o record.Outcome) bool { return o.Area == "page" }) {
		return nil
	}
	var pictures []Picture
	add := func(i int, shot record.Screenshot) {
		pictures = append(pictures, Picture{fmt.Sprintf("page-%02d.png", i+1), shot.PNG})
	}
	for i, shot := range page.Screenshots {
		if pictureRank(page, shot) == 0 {
			add(i, shot)
		}
	}
	if last := len(page.Screenshots) - 1; len(pictures) == 0 && last >= 0 {
		add(last, page.Screenshots[last])
	}
	return slices.DeleteFunc(pictures, func(p Picture) bool { return newHTMLPicture(record.Screenshot{PNG: p.PNG}) == nil })
}

// pictureRank says how much a picture tells: 0 for a failing step, which is
// never left out, then the expiry, then the others.
func pictureRank(page *record.Page, shot record.Screenshot) int {
	failed := slices.ContainsFunc(page.Steps, func(s record.PageStep) bool {
		return s.Visitor == shot.Visitor && s.Name == shot.Step && !s.Done
	})
	switch {
	case failed:
		return 0
	case shot.Visitor == record.VisitorFirst:
		return 1
	}
	return 2
}

// newHTMLPicture makes a screenshot small; nil for what is no PNG of a sensible size.
func newHTMLPicture(shot record.Screenshot) *htmlPicture {
	if len(shot.PNG) > pictureSource {
		return nil
	}
	config, err := png.DecodeConfig(bytes.NewReader(shot.PNG))
	if err != nil || config.Width < 1 || config.Height < 1 || config.Width > 5000 || config.Height > 5000 {
		return nil
	}
	whole, err := png.Decode(bytes.NewReader(shot.PNG))
	if err != nil {
		return nil
	}
	width := min(config.Width, pictureWidth)
	height := max(1, config.Height*width/config.Width)
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(small, small.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(small, small.Bounds(), whole, whole.Bounds(), draw.Over, nil)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, small, &jpeg.Options{Quality: pictureQuality}); err != nil {
		return nil
	}
	return &htmlPicture{
		Visitor: shot.Visitor, Step: shot.Step,
		// Base64 of what was just drawn: no text of the run.
		Source:  template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b.Bytes())),
		Caption: fmt.Sprintf("%s, at %s", cmp.Or(line(shot.Caption, nameLimit), "the page"), moment(shot.At)),
		Width:   width, Height: height, bytes: b.Len() * 4 / 3,
	}
}
