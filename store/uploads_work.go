package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// BeginUpload takes an upload to work on it. Whoever worked on it before can finish nothing any more.
func (l *Ledger) BeginUpload(ctx context.Context, u Upload) (Upload, error) {
	err := l.tx(ctx, "upload.begin", func(t *tx) error {
		n, err := t.exec(`UPDATE uploads SET state = 'running', tries = tries + 1, progress = 0 WHERE id = ? AND tries = ? AND state IN ('waiting', 'running')`, u.ID, u.Tries)
		if err != nil {
			return err
		}
		if n == 0 {
			return t.uploadMoved(u.ID)
		}
		if _, err := t.failVersions("its upload was begun again", `upload_id = ?`, u.ID); err != nil {
			return err
		}
		if u, err = scanUpload(t.row(selectUpload+` WHERE id = ?`, u.ID)); err != nil {
			return err
		}
		return t.touch(UploadName(u.ID))
	})
	return u, err
}

func (t *tx) uploadMoved(id int64) error {
	u, err := scanUpload(t.row(selectUpload+` WHERE id = ?`, id))
	if err != nil {
		return err
	}
	return &Moved{Subject: UploadName(id), State: string(u.State), At: u.EndedAt}
}

// changeUpload changes a running upload that nobody else took meanwhile, and has its card drawn.
func (l *Ledger) changeUpload(ctx context.Context, op string, u Upload, also func(*tx) error, set string, args ...any) error {
	return l.tx(ctx, op, func(t *tx) error {
		n, err := t.exec(`UPDATE uploads SET `+set+` WHERE id = ? AND tries = ? AND state = 'running'`, append(args, u.ID, u.Tries)...)
		if err != nil {
			return err
		}
		if n == 0 {
			return t.uploadMoved(u.ID)
		}
		if also != nil {
			if err := also(t); err != nil {
				return err
			}
		}
		return t.touch(UploadName(u.ID))
	})
}

// UploadProgress notes how many rows were read. *Moved, as from all that follow, when another process took the upload.
func (l *Ledger) UploadProgress(ctx context.Context, u Upload, rows int64) error {
	return l.changeUpload(ctx, "upload.progress", u, nil, `progress = ?`, rows)
}

// UploadLater puts the rest of an upload off: fault is the code of what went wrong, about what it is about.
func (l *Ledger) UploadLater(ctx context.Context, u Upload, due time.Time, fault, about string) error {
	return l.changeUpload(ctx, "upload.later", u, nil, `state = 'waiting', due_at = ?, fault = ?, fault_about = ?`, ms(due), fault, about)
}

// uploadReady notes in the transaction that makes a version ready that its upload led to it.
func (t *tx) uploadReady(v Version) error {
	if v.Upload == 0 {
		return nil
	}
	figures, err := json.Marshal(v.Tally)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	n, err := t.exec(`UPDATE uploads SET version_id = ?, figures = ?, fault = '', fault_about = '' WHERE id = ? AND state = 'running'`, v.ID, string(figures), v.Upload)
	if err != nil {
		return err
	}
	if n == 0 {
		return t.uploadMoved(v.Upload)
	}
	return t.touch(UploadName(v.Upload))
}

// EndUpload ends an upload: done when it has a version, failed when not. u's Tally, FirstBad, Fault and About are kept; a
// fault of a done one is that the file of bad rows could not be handed over.
func (l *Ledger) EndUpload(ctx context.Context, u Upload) error {
	figures, err := json.Marshal(u.Tally)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	bad, err := json.Marshal(append([]BadRow{}, u.FirstBad...))
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	told := func(t *tx) error {
		return t.audit(Event{Actor: ActorBot, Action: "audience.upload_ended", Detail: map[string]any{"upload": u.ID, "audience": u.Audience, "fault": u.Fault, "about": u.About,
			"tally": u.Tally}})
	}
	return l.changeUpload(ctx, "upload.end", u, told, `state = CASE WHEN version_id > 0 THEN 'done' ELSE 'failed' END, ended_at = ?, figures = ?, first_bad = ?, fault = ?, fault_about = ?`,
		ms(l.now()), string(figures), string(bad), u.Fault, u.About)
}
