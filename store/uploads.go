package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// CardUpload tells an uploader what became of their files, in direct messages; subject upload:7.
const CardUpload = "upload"

// UploadName is the subject of an upload's card: "upload:7".
func UploadName(id int64) string { return "upload:" + strconv.FormatInt(id, 10) }

// UploadState says how far an upload is.
type UploadState string

// The states of an upload. One that is running when its process ends is begun again by the next that leads.
const (
	UploadWaiting UploadState = "waiting"
	UploadRunning UploadState = "running"
	UploadDone    UploadState = "done"
	UploadFailed  UploadState = "failed"
)

// An Upload is a form with files that become a version of an audience, or with none, and the newest version of Audience
// itself is what Minus is taken away from.
type Upload struct {
	ID        int64
	Audience  string
	Minus     string // another audience; "" for none
	Files     []UploadFile
	By        string // Slack user id
	Channel   string // where the form was opened, "" for none
	State     UploadState
	Tries     int
	DueAt     time.Time
	Progress  int64 // rows read so far
	Version   int64 // once it is ready
	Tally     Tally
	FirstBad  []BadRow
	Fault     string // code of what went wrong last, for people (importing.Fault); "" for nothing
	About     string // the file, the columns or the audience that Fault is about
	CreatedAt time.Time
	EndedAt   time.Time
}

// An UploadFile is one file as Slack knows it.
type UploadFile struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// A BadRow is one of the first rows that are no customers.
type BadRow struct {
	File  string `json:"file"`
	Line  int64  `json:"line"`
	Why   string `json:"why"`             // lists.Why
	Stray string `json:"stray,omitempty"` // the character that is wrong
}

// NewUpload accepts files: u's Audience, Minus, Files, By and Channel. A second delivery of the same input is the upload
// that the first one made.
func (l *Ledger) NewUpload(ctx context.Context, input string, u Upload) (Upload, error) {
	files, err := json.Marshal(append([]UploadFile{}, u.Files...))
	if err != nil {
		return u, fmt.Errorf("upload: %w", err)
	}
	var id int64
	err = l.tx(ctx, "upload", func(t *tx) error {
		if id, err = t.insert(`INSERT INTO uploads (audience, minus, files, uploaded_by, channel, state, due_at, created_at) VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?)`,
			u.Audience, u.Minus, string(files), u.By, u.Channel, ms(t.at), ms(t.at)); err != nil {
			return err
		}
		seen, err := t.input(input, UploadName(id))
		if err != nil {
			return err
		}
		if seen != "" {
			return &Moved{Subject: seen, State: "seen"}
		}
		if err := t.card(Card{Kind: CardUpload, Subject: UploadName(id), Reader: u.By}); err != nil {
			return err
		}
		return t.audit(Event{Actor: u.By, Action: "audience.upload", Detail: map[string]any{"upload": id, "audience": u.Audience, "minus": u.Minus, "files": u.Files}})
	})
	if moved, ok := errors.AsType[*Moved](err); ok {
		if _, scan := fmt.Sscanf(moved.Subject, "upload:%d", &id); scan != nil {
			return u, err
		}
	} else if err != nil {
		return u, err
	}
	return l.Upload(ctx, id)
}

const selectUpload = `SELECT id, audience, minus, files, uploaded_by, channel, state, tries, due_at, progress, version_id, figures, first_bad, fault, fault_about,
	created_at, ended_at FROM uploads`

func scanUpload(row interface{ Scan(...any) error }) (u Upload, err error) {
	var files, figures, bad string
	var due, created, ended int64
	err = row.Scan(&u.ID, &u.Audience, &u.Minus, &files, &u.By, &u.Channel, &u.State, &u.Tries, &due, &u.Progress, &u.Version, &figures, &bad, &u.Fault, &u.About,
		&created, &ended)
	if err != nil {
		return u, notFound(err)
	}
	u.DueAt, u.CreatedAt, u.EndedAt = at(due), at(created), at(ended)
	err = errors.Join(json.Unmarshal([]byte(files), &u.Files), json.Unmarshal([]byte(figures), &u.Tally), json.Unmarshal([]byte(bad), &u.FirstBad))
	if err != nil {
		err = fmt.Errorf("upload %d: %w", u.ID, err)
	}
	return u, err
}

// Upload reads one; ErrNotFound.
func (l *Ledger) Upload(ctx context.Context, id int64) (Upload, error) {
	u, err := scanUpload(l.queryRow(ctx, selectUpload+` WHERE id = ?`, id))
	return u, l.fault("upload", err)
}

// UploadsOf lists those into one audience that have not ended, oldest first, at most limit.
func (l *Ledger) UploadsOf(ctx context.Context, audience string, limit int) ([]Upload, error) {
	all, err := readAll(scanUpload)(l.queryRows(ctx, selectUpload+` WHERE audience = ? AND state IN ('waiting', 'running') ORDER BY id LIMIT ?`, audience, limit))
	return all, l.fault("uploads", err)
}

// UploadsDue lists those whose time has come and those that are running, oldest first, at most limit. The process that
// leads works on one at a time: a running one that it does not work on was another's, who is gone.
func (l *Ledger) UploadsDue(ctx context.Context, limit int) ([]Upload, error) {
	all, err := readAll(scanUpload)(l.queryRows(ctx, selectUpload+` WHERE state IN ('waiting', 'running') AND due_at <= ? ORDER BY due_at, id LIMIT ?`, ms(l.now()), limit))
	return all, l.fault("uploads", err)
}
