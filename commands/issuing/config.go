package issuing

import "time"

// Config is how fast the loop may go.
type Config struct {
	Rate    float64       // calls a second, over all replicas; at most 500, WeChat Pay's own limit; 0: 400
	Workers int           // calls at the same time; 0: 64
	Timeout time.Duration // of one call; 0: 10 s
}

func (c Config) withDefaults() Config {
	if c.Rate <= 0 {
		c.Rate = 400
	}
	if c.Workers <= 0 {
		c.Workers = 64
	}
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	return c
}

// ahead is how much work is claimed before it can be called. It is claimed when half is left, so half of it is what a person's
// send waits for, and for how long the ledger may be busy while calls go on: a disk's pause is longer than a transaction. As
// many results may wait to be written down.
const ahead = 400 * time.Millisecond

// most is the largest queue there can be.
func (c Config) most() int { return max(1, int(c.Rate*ahead.Seconds())) }

// lease is how long a claim is ours: a call, and a wait in the queue while every worker sits out a time-out. No longer,
// because after a crash it is how long a coupon lies still.
func (c Config) lease() time.Duration { return c.Timeout + c.Timeout/2 + 3*time.Second }

// spare is what must remain of a lease beyond the time-out when a call begins.
const spare = 250 * time.Millisecond
