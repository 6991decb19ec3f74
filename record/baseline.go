package record

import "time"

// Baseline is a former run that a run is compared with: what the comparison reads,
// without the evidence.
type Baseline struct {
	File        string    `json:"file"` // where it was read from
	Tool        Tool      `json:"tool"`
	StartedAt   time.Time `json:"startedAt"`
	FinishedAt  time.Time `json:"finishedAt"`
	TimeUp      bool      `json:"timeUp,omitempty"`
	RequestsUp  bool      `json:"requestsUp,omitempty"`
	Interrupted bool      `json:"interrupted,omitempty"`
	FailOn      Level     `json:"failOn,omitempty"`
	Target      Target    `json:"target"`
	Parts       []Part    `json:"stages,omitempty"`
	Outcomes    []Outcome `json:"outcomes"`
	Load        []Load    `json:"load,omitempty"`
	Capacity    *Capacity `json:"capacity,omitempty"`
}

// NewBaseline returns the run in the file as a baseline.
func NewBaseline(file string, run Run) *Baseline {
	b := &Baseline{
		File: file, Tool: run.Tool, StartedAt: run.StartedAt, FinishedAt: run.FinishedAt, TimeUp: run.TimeUp, RequestsUp: run.RequestsUp,
		Interrupted: run.Interrupted, FailOn: run.FailOn, Target: run.Target, Parts: run.Parts, Capacity: run.Capacity,
	}
	for _, o := range run.Outcomes {
		// What is told of a check that changed is the newer run's.
		b.Outcomes = append(b.Outcomes, Outcome{
			ID: o.ID, Area: o.Area, Level: o.Level, Title: o.Title, State: o.State, Reason: o.Reason, Waiver: o.Waiver, Wanted: o.Wanted, Warning: o.Warning,
		})
	}
	for _, l := range run.Load {
		if l.Role != RoleSearch {
			l.Histogram = "" // the seconds are compared
			b.Load = append(b.Load, l)
		}
	}
	return b
}

// Run returns the former run, as far as the baseline has it.
func (b Baseline) Run() Run {
	return Run{
		SchemaVersion: SchemaVersion, Tool: b.Tool, StartedAt: b.StartedAt, FinishedAt: b.FinishedAt, TimeUp: b.TimeUp, RequestsUp: b.RequestsUp,
		Interrupted: b.Interrupted, FailOn: b.FailOn, Target: b.Target, Parts: b.Parts, Outcomes: b.Outcomes, Load: b.Load, Capacity: b.Capacity,
	}
}
