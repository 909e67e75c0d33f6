package store

import (
	"context"
	"fmt"
	"iter"
	"time"
)

// ImportLife is how long an import may write nothing before it is taken for one that crashed.
const ImportLife = 10 * time.Minute

// NewVersion begins a version: v's Audience, Source, Minus, Bytes, Checksum, Upload and By.
func (l *Ledger) NewVersion(ctx context.Context, v Version) (Version, error) {
	if !IsAudienceName(v.Audience) {
		return v, fmt.Errorf("audience.import: no name of an audience: %q", v.Audience)
	}
	err := l.tx(ctx, "audience.import", func(t *tx) error {
		id, err := t.insert(`INSERT INTO audience_versions (audience, state, source, minus, bytes, sha256, upload_id, made_by, created_at, alive_at)
			VALUES (?, 'importing', ?, ?, ?, ?, ?, ?, ?, ?)`, v.Audience, v.Source, v.Minus, v.Bytes, v.Checksum, v.Upload, v.By, ms(t.at), ms(t.at))
		if err != nil {
			return err
		}
		if v, err = scanVersion(t.row(selectListVersion+` WHERE id = ?`, id)); err != nil {
			return err
		}
		return t.audit(Event{Actor: v.By, Action: "audience.import", Detail: v.told()})
	})
	return v, err
}

// told is what the audit keeps of a version.
func (v Version) told() map[string]any {
	told := map[string]any{"audience": v.Audience, "version": v.ID, "source": v.Source, "bytes": v.Bytes}
	for name, text := range map[string]string{"minus": v.Minus, "sha256": v.Checksum, "fault": v.Fault} {
		if text != "" {
			told[name] = text
		}
	}
	if v.Upload > 0 {
		told["upload"] = v.Upload
	}
	if v.State == VersionReady {
		told["number"], told["tally"] = v.Number, v.Tally
	}
	return told
}

// AddMembers writes members, which come in the order of their openids' bytes, into a version that is being imported, and
// says how many. It writes them in many short transactions, so that nobody who sends a coupon waits for it longer than
// for another person's command. *Moved when the version is not importing any more.
func (l *Ledger) AddMembers(ctx context.Context, version int64, members iter.Seq2[Member, error]) (n int64, err error) {
	b := l.bulk()
	var batch []Member
	last := ""
	for m, err := range members {
		if err != nil {
			return n, err
		}
		if m.OpenID <= last {
			return n, fmt.Errorf("members are out of order: %d were written", n)
		}
		last = m.OpenID
		if batch = append(batch, m); len(batch) < b.size {
			continue
		}
		if err := l.addMembers(ctx, b, version, batch); err != nil {
			return n, err
		}
		n += int64(len(batch))
		batch = batch[:0]
	}
	if len(batch) > 0 {
		err = l.addMembers(ctx, b, version, batch)
	}
	return n + int64(len(batch)), err
}

func (l *Ledger) addMembers(ctx context.Context, b *bulk, version int64, batch []Member) error {
	err := l.silently(ctx, "audience.members", func(t *tx) error {
		b.begins()
		n, err := t.exec(`UPDATE audience_versions SET alive_at = ? WHERE id = ? AND state = 'importing'`, ms(t.at), version)
		if err != nil {
			return err
		}
		if n == 0 {
			return t.versionMoved(version)
		}
		return t.dialect.members(t, version, batch)
	})
	if err != nil {
		return err
	}
	return b.ended(ctx)
}

// versionMoved says why a version is not importing any more.
func (t *tx) versionMoved(id int64) error {
	v, err := scanVersion(t.row(selectListVersion+` WHERE id = ?`, id))
	if err != nil {
		return err
	}
	return &Moved{Subject: fmt.Sprintf("version %d", id), State: string(v.State), At: v.EndedAt}
}

// FinishVersion makes a version the newest of its audience, and the audience where there was none. *Moved when it is not
// importing any more: another process took it for crashed, or began its upload again, or the audience was deleted.
func (l *Ledger) FinishVersion(ctx context.Context, id int64, c Tally) (v Version, err error) {
	err = l.tx(ctx, "audience.ready", func(t *tx) error {
		n, err := t.exec(`UPDATE audience_versions SET state = 'ready', ended_at = ?, total = ?, usable = ?, duplicates = ?, bad = ?, blocked = ?, staff = ?, excluded = ?,
			number = 1 + (SELECT coalesce(max(o.number), 0) FROM audience_versions o WHERE o.audience = audience_versions.audience)
			WHERE id = ? AND state = 'importing'`, ms(t.at), c.Rows, c.Usable, c.Duplicates, c.Bad, c.Blocked, c.Staff, c.Excluded, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return t.versionMoved(id)
		}
		if v, err = scanVersion(t.row(selectListVersion+` WHERE id = ?`, id)); err != nil {
			return err
		}
		if err := t.keptOut(v.Audience, v.By, v.ID, v.Usable); err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO audiences (name, created_at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET deleted_at = 0`, v.Audience, ms(t.at)); err != nil {
			return err
		}
		if err := t.uploadReady(v); err != nil {
			return err
		}
		return t.audit(Event{Actor: v.By, Action: "audience.ready", Detail: v.told()})
	})
	return v, err
}

// FailVersion ends an import that cannot be finished; why is for the operator. One that has ended already is left alone.
func (l *Ledger) FailVersion(ctx context.Context, id int64, why string) error {
	return l.tx(ctx, "audience.failed", func(t *tx) error {
		_, err := t.failVersions(why, `id = ?`, id)
		return err
	})
}

// failVersions ends the imports that a condition picks.
func (t *tx) failVersions(why, where string, args ...any) (int, error) {
	failed, err := readAll(scanVersion)(t.query(selectListVersion+` WHERE state = 'importing' AND `+where+` ORDER BY id`, args...))
	if err != nil {
		return 0, err
	}
	for _, v := range failed {
		if _, err := t.exec(`UPDATE audience_versions SET state = 'failed', ended_at = ?, fault = ? WHERE id = ? AND state = 'importing'`, ms(t.at), why, v.ID); err != nil {
			return 0, err
		}
		v.Fault = why
		if err := t.audit(Event{Actor: ActorBot, Action: "audience.failed", Detail: v.told()}); err != nil {
			return 0, err
		}
	}
	return len(failed), nil
}

// sweptAtOnce is how many members one transaction takes away: some milliseconds.
const sweptAtOnce = 2000

// SweepAudiences ends imports that crashed, and takes away some members of a version that is failed or deleted. more: it
// found any, so there may be others.
func (l *Ledger) SweepAudiences(ctx context.Context) (more bool, err error) {
	var version int64
	err = notFound(l.queryRow(ctx, `SELECT v.id FROM audience_versions v WHERE v.state IN ('failed', 'deleted') AND v.emptied = 0 UNION ALL
		SELECT v.id FROM audience_versions v WHERE v.state = 'importing' AND v.alive_at < ? ORDER BY 1 LIMIT 1`, ms(l.now().Add(-ImportLife))).Scan(&version))
	if err == ErrNotFound {
		return false, nil
	}
	if err != nil {
		return false, l.fault("audience.sweep", err)
	}
	return true, l.silently(ctx, "audience.sweep", func(t *tx) error {
		n, err := t.failVersions("its import did not end", `id = ? AND alive_at < ?`, version, ms(t.at.Add(-ImportLife)))
		if err != nil || n > 0 {
			return err
		}
		return t.sweepMembers(version)
	})
}

func (t *tx) sweepMembers(version int64) error {
	var last string
	err := notFound(t.row(`SELECT openid FROM audience_members WHERE version_id = ? ORDER BY openid LIMIT 1 OFFSET ?`, version, sweptAtOnce).Scan(&last))
	if err == ErrNotFound {
		if _, err := t.exec(`DELETE FROM audience_members WHERE version_id = ?`, version); err != nil {
			return err
		}
		_, err = t.exec(`UPDATE audience_versions SET emptied = 1 WHERE id = ?`, version)
		return err
	}
	if err == nil {
		_, err = t.exec(`DELETE FROM audience_members WHERE version_id = ? AND openid < ?`, version, last)
	}
	return err
}
