package store

import (
	"context"
	"strings"
	"time"
)

// Terms are what a stock promised when its card was shown, beside the amount: a change of them is a change of contents.
type Terms struct {
	Minimum Fen       `json:"minimum,omitempty"` // what a customer must spend; 0: any purchase
	Begins  time.Time `json:"begins,omitzero"`
	Ends    time.Time `json:"ends,omitzero"`
}

// Verdict is what a person decided.
type Verdict string

const (
	Approved Verdict = "approve"
	Rejected Verdict = "reject"
)

// A Decision is one person's word about one revision of a send.
type Decision struct {
	Send     int64
	Revision int
	Person   string
	Verdict  Verdict
	Groups   []string // that the person could speak for when it was last looked: names of the configuration
	Why      string   // of a rejection
	At       time.Time
	VoidAt   time.Time // it does not count any more
	VoidWhy  string    // VoidLeft or VoidRevised
}

// Why a decision counts no longer.
const (
	VoidLeft    = "left"    // the group, or Slack
	VoidRevised = "revised" // the contents changed
)

const selectDecision = `SELECT d.send_id, d.revision, d.person, d.verdict, d.groups, d.why, d.at, d.void_at, d.void_why FROM decisions d`

func scanDecision(row interface{ Scan(...any) error }) (d Decision, err error) {
	var groups string
	var when, void int64
	err = row.Scan(&d.Send, &d.Revision, &d.Person, &d.Verdict, &groups, &d.Why, &when, &void, &d.VoidWhy)
	d.Groups, d.At, d.VoidAt = strings.Fields(groups), at(when), at(void)
	return d, err
}

// Decisions are those about a send, of all revisions, void ones too, oldest first.
func (l *Ledger) Decisions(ctx context.Context, send int64) ([]Decision, error) {
	out, err := readAll(scanDecision)(l.queryRows(ctx, selectDecision+` WHERE d.send_id = ? ORDER BY d.id`, send))
	return out, l.fault("decisions", err)
}

// standing are the approvals that count for the present revision of a send, oldest first.
func (t *tx) standing(s Send) ([]Decision, error) {
	return readAll(scanDecision)(t.query(selectDecision+` WHERE d.send_id = ? AND d.revision = ? AND d.verdict = 'approve' AND d.void_at = 0 ORDER BY d.id`, s.ID, s.Revision))
}

func (t *tx) decided(d Decision) error {
	_, err := t.exec(`INSERT INTO decisions (send_id, revision, person, verdict, groups, why, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		d.Send, d.Revision, d.Person, d.Verdict, strings.Join(d.Groups, " "), d.Why, ms(t.at))
	return err
}

// regroup notes what a person who approved may speak for now.
func (t *tx) regroup(d Decision, groups []string) error {
	_, err := t.exec(`UPDATE decisions SET groups = ? WHERE person = ? AND send_id = ? AND revision = ? AND void_at = 0`, strings.Join(groups, " "), d.Person, d.Send, d.Revision)
	return err
}

// StandingDecisions are a person's approvals of sends that still wait.
func (l *Ledger) StandingDecisions(ctx context.Context, person string) ([]Decision, error) {
	out, err := readAll(scanDecision)(l.queryRows(ctx, selectDecision+` JOIN sends s ON s.id = d.send_id
		WHERE d.person = ? AND d.verdict = 'approve' AND d.void_at = 0 AND s.state = 'awaiting' ORDER BY d.id`, person))
	return out, l.fault("standing decisions", err)
}

// Deciders are the people whose approval of a send that still waits counts now, each once.
func (l *Ledger) Deciders(ctx context.Context) ([]string, error) {
	return l.people(ctx, `SELECT DISTINCT d.person FROM waits w JOIN decisions d ON d.send_id = w.send_id
		WHERE d.verdict = 'approve' AND d.void_at = 0 ORDER BY d.person`)
}

// Requesters are the people with sends that wait or are not finished, each once.
func (l *Ledger) Requesters(ctx context.Context) ([]string, error) {
	return l.people(ctx, `SELECT DISTINCT requested_by FROM sends
		WHERE state IN ('awaiting', 'approved', 'issuing', 'paused') AND waiting + issuing + unknown > 0 AND kind = 'person' ORDER BY requested_by`)
}

func (l *Ledger) people(ctx context.Context, query string) ([]string, error) {
	rows, err := l.queryRows(ctx, query)
	if err != nil {
		return nil, l.fault("people", err)
	}
	out, err := collect(rows, func(person *string) []any { return []any{person} })
	return out, l.fault("people", err)
}

// A Party is somebody who had a hand in a send, and so never decides it.
type Party struct {
	Person string
	Part   string // "maker", "retrier", …
	At     time.Time
}

// Parties are those of a send.
func (l *Ledger) Parties(ctx context.Context, send int64) ([]Party, error) {
	out, err := readAll(scanParty)(l.queryRows(ctx, `SELECT person, part, at FROM parties WHERE send_id = ? ORDER BY at, person, part`, send))
	return out, l.fault("parties", err)
}

func scanParty(row interface{ Scan(...any) error }) (p Party, err error) {
	var when int64
	err = row.Scan(&p.Person, &p.Part, &when)
	p.At = at(when)
	return p, err
}

// party remembers that a person had a hand in a send, and so can never decide it.
func (t *tx) party(send int64, person, part string) error {
	_, err := t.exec(`INSERT INTO parties (send_id, person, part, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, send, person, part, ms(t.at))
	return err
}

func (t *tx) isParty(send int64, person string) (is bool, err error) {
	err = t.row(`SELECT EXISTS (SELECT 1 FROM parties WHERE send_id = ? AND person = ?)`, send, person).Scan(&is)
	return is, err
}
