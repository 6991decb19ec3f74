// Package reports renders a saved run for people and for other programs.
//
// A report is a function of a [record.Run] and nothing else: it asks nobody,
// judges nothing and can be made again at any time from a run file. [Formats]
// lists the ones that are written to files; [Terminal] is the summary that the
// command prints; [Diff] compares two runs.
//
//	run, err := record.ReadFile("webchatspec-report/run.json")
//	if err != nil {
//		return err
//	}
//	return reports.HTML(w, run)
//
// # What is in a run is hostile
//
// A run quotes the site under test: claims, header values, page texts. A
// writer therefore bounds the length of every text of the run, masks what looks
// like a secret, makes control and invisible characters visible, and then
// escapes it as its format asks.
// No report carries an escape sequence, a workflow command or markup that the
// site chose.
package reports
