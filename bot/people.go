package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/singleflight"

	"couponbot/commands"
)

// readTimeout bounds one reading of a person or a group, whoever waits for it.
const readTimeout = 5 * time.Second

// People knows persons and user groups as Slack has them. It is the Directory of commands: whatever it cannot read is
// an error, never an empty answer. Readings asked for at the same time are one.
type People struct {
	web     *web
	now     func() time.Time
	flights singleflight.Group

	mu      sync.Mutex
	persons map[string]reading[commands.Person]
	groups  map[string]reading[[]string]
	changes map[string]int // group → how often Slack said that it changed
}

// A reading is what Slack said, and when it was asked.
type reading[T any] struct {
	value T
	at    time.Time
}

var _ commands.Directory = (*People)(nil)

// NewPeople reads nothing yet. Close gives its connections back.
func NewPeople(c Config, o Options) *People {
	o = o.filled()
	return &People{web: newWeb(c, o.Now), now: o.Now, persons: map[string]reading[commands.Person]{}, groups: map[string]reading[[]string]{},
		changes: map[string]int{}}
}

// Close gives the connections to Slack back.
func (p *People) Close() { p.web.transport.CloseIdleConnections() }

// Skew is how far Slack's clock is ahead of ours, from the Date header of its newest answer; false when there was none
// in the last ten minutes.
func (p *People) Skew() (time.Duration, bool) { return p.web.clock() }

// Person reads one person, no older than maxAge; 0 asks Slack now.
func (p *People) Person(ctx context.Context, id string, maxAge time.Duration) (commands.Person, error) {
	p.mu.Lock()
	had, ok := p.persons[id]
	p.mu.Unlock()
	if ok && p.fresh(had.at, maxAge) {
		return had.value, nil
	}
	return flight(ctx, p, "person "+id, func(ctx context.Context) (commands.Person, error) {
		at := p.now()
		person, err := p.readPerson(ctx, id)
		if err != nil {
			return person, err
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.persons[id] = reading[commands.Person]{person, at}
		return person, nil
	})
}

// Members lists the people of a user group, no older than maxAge; 0 asks Slack now.
func (p *People) Members(ctx context.Context, group string, maxAge time.Duration) ([]string, error) {
	p.mu.Lock()
	had, ok := p.groups[group]
	p.mu.Unlock()
	if ok && p.fresh(had.at, maxAge) {
		return slices.Clone(had.value), nil
	}
	members, err := flight(ctx, p, "group "+group, func(ctx context.Context) ([]string, error) { return p.readGroup(ctx, group) })
	return slices.Clone(members), err
}

func (p *People) fresh(at time.Time, maxAge time.Duration) bool {
	return maxAge > 0 && p.now().Sub(at) <= maxAge
}

// flight joins a reading that is under way, or begins one that nobody's leaving ends.
func flight[T any](ctx context.Context, p *People, key string, read func(context.Context) (T, error)) (T, error) {
	var none T
	c := p.flights.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
		defer cancel()
		return read(ctx)
	})
	select {
	case <-ctx.Done():
		return none, fmt.Errorf("read %s: %w", key, ctx.Err())
	case r := <-c:
		if r.Err != nil {
			return none, fmt.Errorf("read %s: %w", key, r.Err)
		}
		return r.Val.(T), nil
	}
}

func (p *People) readPerson(ctx context.Context, id string) (commands.Person, error) {
	var u *slack.User
	f := p.web.call(ctx, "users.info", func(ctx context.Context) (err error) {
		u, err = p.web.api.GetUserInfoContext(ctx, id)
		return err
	})
	if f != nil {
		return commands.Person{}, f
	}
	return commands.Person{ID: u.ID, Team: u.TeamID, Name: display(u), Locale: u.Locale, Zone: u.TZ, Guest: u.IsRestricted || u.IsUltraRestricted,
		Deactivated: u.Deleted, Stranger: u.IsStranger, Bot: u.IsBot}, nil
}

func display(u *slack.User) string {
	for _, name := range []string{u.Profile.DisplayName, u.Profile.RealName, u.RealName} {
		if strings.TrimSpace(name) != "" {
			return name
		}
	}
	return u.Name
}

func (p *People) readGroup(ctx context.Context, group string) ([]string, error) {
	at := p.now()
	p.mu.Lock()
	before := p.changes[group]
	p.mu.Unlock()
	var members []string
	f := p.web.call(ctx, "usergroups.users.list", func(ctx context.Context) (err error) {
		members, err = p.web.api.GetUserGroupMembersContext(ctx, group)
		return err
	})
	if f != nil {
		return nil, f
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changes[group] == before { // else it changed while it was read: true for who waits, nothing to keep
		p.groups[group] = reading[[]string]{members, at}
	}
	return members, nil
}

// changed forgets a group: Slack says that its members are others now.
func (p *People) changed(group string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.groups, group)
	p.changes[group]++
	p.flights.Forget("group " + group)
}

// forget makes the next question about a person be asked of Slack.
func (p *People) forget(person string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if had, ok := p.persons[person]; ok {
		had.at = time.Time{} // their language is still remembered
		p.persons[person] = had
	}
	p.flights.Forget("person " + person)
}

// localeAge is how old a person's language and zone may be; languageWait is how long a drawing waits for them.
const (
	localeAge    = time.Hour
	languageWait = 500 * time.Millisecond
)

// known is what is known of a person without insisting: for the words of a message, never for a right.
func (p *People) known(ctx context.Context, id string) commands.Person {
	ctx, cancel := context.WithTimeout(ctx, languageWait)
	defer cancel()
	if person, err := p.Person(ctx, id, localeAge); err == nil {
		return person
	}
	return p.remembered(id)
}

// remembered is what was last read of a person, however old; without asking anybody.
func (p *People) remembered(id string) commands.Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.persons[id].value
}
