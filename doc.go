// Package webchatspec tests a web site's use of web chat identity tokens.
//
// A site with web chat security on signs a token for each visitor on its own server and
// hands it to the chat widget, and a fresh one whenever the old one expires. [Verify]
// finds out whether it does that correctly. It gathers evidence from the token endpoint,
// from the real page in a real browser, and under load; it judges the evidence against
// the catalogue of checks; and it returns a [record.Run], which package reports renders.
//
//	run, err := webchatspec.Verify(ctx, webchatspec.Config{
//		Endpoint: endpoint.Config{
//			URL:        "http://localhost:3001/createJWT",
//			PublicKeys: []endpoint.KeyText{{Source: "key.pub", Text: string(pem)}},
//		},
//		Page: browser.Config{Page: "http://localhost:3001/"},
//	})
//	if err != nil {
//		return err // the configuration is wrong; nothing was sent
//	}
//	if run.Verdict != record.VerdictPassed {
//		reports.Markdown(os.Stdout, run)
//	}
//
// The error says that the configuration is wrong. Everything else is in the run: failed
// checks with what was expected and what was seen, checks that could not be judged and
// why, an endpoint that was not there. Ask [record.Run.With] for the outcomes with a
// given effect, and never compare states yourself: whether an outcome fails the run
// depends on its level, on waivers and on what was asked for.
//
// # In tests
//
// In a Go test, use package webchatspectest: each check is a subtest. In a Ginkgo suite,
// use package ginkgospecs: each check is a spec with its id, area and level as labels.
// Both start nothing: start your server first, and name its address.
//
// # Choosing what is tested
//
// A [Config] without an endpoint and without a page tests a demo site of its own. With an
// endpoint alone there is no browser, with a page alone no token is asked for but by the
// page. [Config.Parts] narrows that to some parts, and [Config.Selection] to some checks;
// evidence that no chosen check needs is not gathered, so a run of a few checks is fast.
//
// # Safety
//
// Requests that intrude, such as forged cookies or a thousand visitors, go to this machine
// only, unless the endpoint's configuration consents; load goes elsewhere only to the
// hosts that are named for it. The page cannot reach the vendor: widget and assistant are
// played by stand-ins. What is returned holds no complete token, no private key, and no
// password of the configuration.
//
// # Later, and elsewhere
//
// A run is complete in itself. Write it with [record.Write], read it with
// [record.ReadFile], judge it again with suites.Judge, and merge the runs of several
// machines with loadgen.Merge, all without the site.
package webchatspec
