package schedules

import "time"

// Config is how planned times are kept.
type Config struct {
	Grace       time.Duration // how late a missed time may still run
	Overlap     string        // "wait" or "skip"
	MinInterval time.Duration // between two planned times
}
