package commands

import (
	"context"
	"time"
)

// A Person is who Slack says somebody is.
type Person struct {
	ID          string
	Team        string
	Name        string // for people's eyes only
	Locale      string // "zh-CN"
	Zone        string // IANA name, "Asia/Shanghai"
	Guest       bool   // restricted or ultra restricted
	Deactivated bool
	Stranger    bool // of another workspace, seen through a shared channel
	Bot         bool
}

// Directory knows people and groups as they are now. An error means "could not check", which is never a refusal of
// the person.
type Directory interface {
	// Person reads one person; maxAge 0 asks Slack now.
	Person(ctx context.Context, id string, maxAge time.Duration) (Person, error)
	// Members lists the people of a user group (S…), no older than maxAge; 0 asks Slack now.
	Members(ctx context.Context, group string, maxAge time.Duration) ([]string, error)
}

// groupAge is how old group members may be when a person asks; who decides is read live.
const groupAge = time.Minute
