package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Audiences whose people get nothing: kept from Slack like all others, and asked about before every send.
const (
	AudienceBlocked = "blocked"
	AudienceStaff   = "staff"
)

var audienceName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// IsAudienceName tells what an audience may be called.
func IsAudienceName(s string) bool { return audienceName.MatchString(s) }

// An Audience is a list of customers under a name.
type Audience struct {
	Name      string
	CreatedAt time.Time
	Version   Version // the one that became ready last
}

// VersionState says how far a version is.
type VersionState string

// The states of a version. An importing one that is left alone for ImportLife becomes failed, and the members of failed
// and deleted ones are swept.
const (
	VersionImporting VersionState = "importing"
	VersionReady     VersionState = "ready"
	VersionFailed    VersionState = "failed"
	VersionDeleted   VersionState = "deleted"
)

// A Version is what an audience was at one time: it never changes once it is ready, so a campaign can name it.
type Version struct {
	ID        int64
	Audience  string
	Number    int // 1, 2, 3 … in the order in which they became ready; 0 before
	State     VersionState
	Source    string // names of the files, or of the version that it was made from: "vip v3"
	Minus     string // what was taken away: "bought v2"; "" for nothing
	Bytes     int64  // of the files
	Checksum  string // of the files' bytes, one behind the other, in hex; "" when there was no file
	Upload    int64  // 0: it was not uploaded in Slack
	By        string // a Slack user id, or os:name
	CreatedAt time.Time
	EndedAt   time.Time // when it became ready, failed or deleted
	Fault     string    // of a failed one, for the operator

	Tally
}

// Name is what people call a version: "vip v3".
func (v Version) Name() string { return fmt.Sprintf("%s v%d", v.Audience, v.Number) }

// Tally is what was counted when a list was read. Rows is the sum of all others.
type Tally struct {
	Rows       int64 `json:"rows"`       // that were not empty
	Usable     int64 `json:"usable"`     // members of the version
	Duplicates int64 `json:"duplicates"` // rows of somebody who had stood there before
	Bad        int64 `json:"bad"`        // rows that are no customers
	Blocked    int64 `json:"blocked"`    // in the audience "blocked", and left out
	Staff      int64 `json:"staff"`      // in the audience "staff", and left out
	Excluded   int64 `json:"excluded"`   // in the audience that was taken away
}

// A Member is one customer of a version.
type Member struct {
	OpenID string
	Note   string
}

const selectListVersion = `SELECT id, audience, number, state, source, minus, bytes, sha256, total, usable, duplicates, bad, blocked, staff, excluded,
	upload_id, made_by, created_at, ended_at, fault FROM audience_versions`

func scanVersion(row interface{ Scan(...any) error }) (v Version, err error) {
	var created, ended int64
	c := &v.Tally
	err = row.Scan(&v.ID, &v.Audience, &v.Number, &v.State, &v.Source, &v.Minus, &v.Bytes, &v.Checksum, &c.Rows, &c.Usable, &c.Duplicates, &c.Bad,
		&c.Blocked, &c.Staff, &c.Excluded, &v.Upload, &v.By, &created, &ended, &v.Fault)
	v.CreatedAt, v.EndedAt = at(created), at(ended)
	return v, notFound(err)
}

// Audience reads one that is not deleted; ErrNotFound.
func (l *Ledger) Audience(ctx context.Context, name string) (a Audience, err error) {
	var created int64
	err = notFound(l.queryRow(ctx, `SELECT name, created_at FROM audiences WHERE name = ? AND deleted_at = 0`, name).Scan(&a.Name, &created))
	if err == nil {
		a.CreatedAt = at(created)
		a.Version, err = scanVersion(l.queryRow(ctx, newestVersion, name))
	}
	return a, l.fault("audience", err)
}

const newestVersion = selectListVersion + ` WHERE audience = ? AND state = 'ready' ORDER BY number DESC LIMIT 1`

// mostAudiences bounds a list of them.
const mostAudiences = 1000

// Audiences lists those that are not deleted, by name.
func (l *Ledger) Audiences(ctx context.Context) ([]Audience, error) {
	rows, err := l.queryRows(ctx, `SELECT name, created_at FROM audiences WHERE deleted_at = 0 ORDER BY name LIMIT ?`, mostAudiences)
	if err != nil {
		return nil, l.fault("audiences", err)
	}
	all, err := readAll(func(row interface{ Scan(...any) error }) (a Audience, err error) {
		var created int64
		err = row.Scan(&a.Name, &created)
		a.CreatedAt = at(created)
		return a, err
	})(rows, nil)
	for i := range all {
		if err == nil {
			all[i].Version, err = scanVersion(l.queryRow(ctx, newestVersion, all[i].Name))
		}
	}
	return all, l.fault("audiences", err)
}

// AudienceVersion reads one; ErrNotFound.
func (l *Ledger) AudienceVersion(ctx context.Context, id int64) (Version, error) {
	v, err := scanVersion(l.queryRow(ctx, selectListVersion+` WHERE id = ?`, id))
	return v, l.fault("version", err)
}

// Versions lists the versions of an audience that became ready, newest first, at most limit.
func (l *Ledger) Versions(ctx context.Context, name string, limit int) ([]Version, error) {
	all, err := readAll(scanVersion)(l.queryRows(ctx, selectListVersion+` WHERE audience = ? AND number > 0 ORDER BY number DESC LIMIT ?`, name, limit))
	return all, l.fault("versions", err)
}

// Members are those of a version behind an openid, in the order of openids' bytes, at most limit.
func (l *Ledger) Members(ctx context.Context, version int64, after string, limit int) ([]Member, error) {
	rows, err := l.queryRows(ctx, `SELECT openid, note FROM audience_members WHERE version_id = ? AND openid > ? ORDER BY openid LIMIT ?`, version, after, limit)
	if err != nil {
		return nil, l.fault("members", err)
	}
	all, err := collect(rows, func(m *Member) []any { return []any{&m.OpenID, &m.Note} })
	return all, l.fault("members", err)
}

// DeleteAudience takes an audience away, with what is being imported into it; ErrNotFound, and *Moved with State "preparing" while the
// coupons of a run are still being written from it. Its versions stay as rows, because campaigns ran on them; their members are swept.
func (l *Ledger) DeleteAudience(ctx context.Context, name, by string) error {
	return l.tx(ctx, "audience.delete", func(t *tx) error {
		if err := t.notPreparing(name); err != nil {
			return err
		}
		n, err := t.exec(`UPDATE audiences SET deleted_at = ? WHERE name = ? AND deleted_at = 0`, ms(t.at), name)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := t.keptOut(name, by, 0, 0); err != nil {
			return err
		}
		versions, err := t.exec(`UPDATE audience_versions SET state = 'deleted', ended_at = ? WHERE audience = ? AND state = 'ready'`, ms(t.at), name)
		if err != nil {
			return err
		}
		if _, err := t.failVersions(ErrDeleted.Error(), `audience = ?`, name); err != nil {
			return err
		}
		return t.audit(Event{Actor: by, Action: "audience.delete", Detail: map[string]any{"audience": name, "versions": versions}})
	})
}

// keptOut tells the alerts channel that other customers than before get no coupons: a list of them has a new version of so many
// customers, or is deleted (version 0).
func (t *tx) keptOut(list, by string, version, customers int64) error {
	if list != AudienceBlocked && list != AudienceStaff {
		return nil
	}
	var before int64
	err := t.row(`SELECT coalesce(max(usable), 0) FROM audience_versions WHERE audience = ? AND state = 'ready' AND number = (
		SELECT max(number) FROM audience_versions WHERE audience = ? AND state = 'ready' AND id <> ?)`, list, list, version).Scan(&before)
	if err != nil {
		return err
	}
	return t.alert(Alert{Key: fmt.Sprintf("kept_out:%s:%d:%d", list, version, ms(t.at)), Kind: AlertKeptOut, Detail: map[string]string{"list": list, "person": by,
		"customers": strconv.FormatInt(customers, 10), "before": strconv.FormatInt(before, 10)}})
}

// ErrDeleted is the fault of a version whose audience was deleted while it was imported.
var ErrDeleted = errors.New("the audience was deleted")
