package mockassistant

import (
	"sync/atomic"
	"time"
)

// Clock is the assistant's time: the real time plus an offset, so it always runs.
// Only tokens are judged by it; sessions age in real time, so a jump past a
// token's exp and back leaves them alone. The zero Clock tells the real time.
// A Clock may be used by several goroutines.
type Clock struct {
	offset atomic.Int64 // nanoseconds ahead of the real time
}

// Now returns the assistant's time.
func (c *Clock) Now() time.Time { return time.Now().Add(c.Offset()) }

// Offset returns how far the clock is ahead of the real time; negative is behind.
func (c *Clock) Offset() time.Duration { return time.Duration(c.offset.Load()) }

// Set makes the clock tell t now and run on from there.
func (c *Clock) Set(t time.Time) { c.Skew(time.Until(t)) }

// Advance moves the clock by d, which may be negative.
func (c *Clock) Advance(d time.Duration) { c.offset.Add(int64(d)) }

// Skew puts the clock d ahead of the real time, whatever it told before.
func (c *Clock) Skew(d time.Duration) { c.offset.Store(int64(d)) }

// Reset returns to the real time.
func (c *Clock) Reset() { c.Skew(0) }
