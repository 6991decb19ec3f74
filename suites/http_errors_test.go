package suites

import (
	"testing"

	"github.com/webchatspec/webchatspec/record"
)

// TestWrongInputIsAMustOnlyWhereBrowsersSendIt holds the line: what comes in
// cookies and addresses may come from any visitor's browser.
func TestWrongInputIsAMustOnlyWhereBrowsersSendIt(t *testing.T) {
	for _, test := range []struct {
		probe   string
		variant record.Variant
		level   record.Level
	}{
		{record.ProbeBadInput, record.VariantBadCookie, record.Must},
		{record.ProbeBadInput, record.VariantBadQuery, record.Must},
		{record.ProbeBadInput, record.VariantBadQueryInside, record.Must},
		{record.ProbeBadInput, record.VariantBadLarge, record.Must},
		{record.ProbeHostileCookies, record.VariantHostile, record.Must},
		{record.ProbeForgedLogins, record.VariantLoginJSON, record.Must},
		{record.ProbeRequestIdentity, record.VariantQuery, record.Must},
		{record.ProbeBadInput, record.VariantUnexpectedBody, record.Should},
		{record.ProbeBadInput, record.VariantBadBody, record.Should},
		{record.ProbeBadInput, record.VariantBadPath, record.Should},
		{record.ProbeBadInput, record.VariantBadHeader, record.Should},
		{record.ProbeRequestIdentity, record.VariantJSONBody, record.Should},
	} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeBadInput})
		run.Evidence.Exchanges = append(run.Evidence.Exchanges, []record.Exchange{
			{ID: "cookie", Probe: record.ProbeBadInput, Variant: record.VariantBadCookie, Response: &record.Response{Status: 200}},
			{ID: "crash", Probe: test.probe, Variant: test.variant, Response: &record.Response{Status: 500}},
		}...)
		if o := outcome(t, Judge(run, Options{}), "http-bad-input"); o.State != record.Failed || o.Level != test.level {
			t.Errorf("%s: %s %s, want %s", test.variant, o.State, o.Level, test.level)
		}
	}
}

// A fault of SOAP goes with status 500, whoever is to blame: only one that blames the
// server is a crash.
func TestSOAPFaultsAreRefusals(t *testing.T) {
	for code, want := range map[string]record.State{
		"<faultcode>soap:Client</faultcode>": record.Passed, "<faultcode>soap:Server</faultcode>": record.Failed,
		"<s:Code><s:Value>s:Sender</s:Value></s:Code>": record.Passed, "<s:Code><s:Value>s:Receiver</s:Value></s:Code>": record.Failed,
		"no fault, a Client": record.Failed,
	} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: record.ProbeBadInput})
		run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{
			ID: "fault", Probe: record.ProbeBadInput, Variant: record.VariantBadQuery,
			Response: &record.Response{Status: 500, Excerpt: "<s:Envelope xmlns:s=\"urn:soap\"><s:Body><s:Fault>" + code},
		})
		if o := outcome(t, Judge(run, Options{}), "http-bad-input"); o.State != want {
			t.Errorf("%s: %s, want %s", code, o.State, want)
		}
	}
}

// TestWhatThisMachineCouldNotSendIsNotTheSites takes away the answers to some and to
// most requests, because this machine was at its end.
func TestWhatThisMachineCouldNotSendIsNotTheSites(t *testing.T) {
	for most, state := range map[bool]record.State{false: record.Passed, true: record.Inconclusive} {
		run := runWith(`{"sub":"a"}`, `{"sub":"b"}`, `{"sub":"c"}`)
		for i := range run.Evidence.Exchanges {
			if i > 0 && (most || i == 1) {
				x := &run.Evidence.Exchanges[i]
				x.Response, x.Token = nil, ""
				x.Failure = &record.Failure{Class: record.FailureGenerator, Message: "this machine could not ask: too many open files"}
			}
		}
		if o := outcome(t, Judge(run, Options{}), "token-served"); o.State != state {
			t.Errorf("most %t: token-served is %s: %s %+v", most, o.State, o.Reason, o.Findings)
		}
	}
}

// A key in the answer to an odd request is as published as in any other; in an error's
// answer it is another check's matter.
func TestKeysInAnswersToOddRequests(t *testing.T) {
	leak := []record.Leak{{Kind: record.LeakPrivateKey, Where: "body"}}
	for name, test := range map[string]struct {
		probe  string
		status int
		leaks  []record.Leak
		want   record.State
	}{
		"debugging":      {record.ProbeBadInput, 200, leak, record.Failed},
		"another method": {record.ProbeMethods, 200, leak, record.Failed},
		"an error":       {record.ProbeBadInput, 500, leak, record.Passed},
		"nothing":        {record.ProbeBadInput, 200, nil, record.Passed},
	} {
		run := runWith(`{"sub":"a"}`)
		run.Evidence.Probes = append(run.Evidence.Probes, record.Probe{Name: test.probe})
		run.Evidence.Exchanges = append(run.Evidence.Exchanges, record.Exchange{
			ID: "odd", Probe: test.probe, Request: record.Request{Method: "GET"}, Response: &record.Response{Status: test.status, Bytes: 9}, Leaks: test.leaks,
		})
		if o := outcome(t, Judge(run, Options{}), "answers-no-key"); o.State != test.want {
			t.Errorf("%s: %s, want %s", name, o.State, test.want)
		}
	}
}
