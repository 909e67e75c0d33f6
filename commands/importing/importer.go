package importing

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"couponbot/store"
)

// A Courier goes to Slack and back.
type Courier interface {
	// Fetch writes a file that somebody uploaded to w. An error with a method Gone() bool that says true means that there
	// is no such file any more; any other may pass.
	Fetch(ctx context.Context, file store.UploadFile, w io.Writer) error
	// HandOver gives the file of bad rows to u.By, and to nobody else.
	HandOver(ctx context.Context, u store.Upload, name string, size int64, file io.Reader) error
}

// An Importer works on what was uploaded.
type Importer struct {
	Ledger  *store.Ledger
	Courier Courier
	Log     *slog.Logger
	Now     func() time.Time // time.Now outside of tests
	Temp    string           // as of an Ask
}

const (
	lookEvery  = 500 * time.Millisecond
	sweepEvery = time.Minute
	drawEvery  = 5 * time.Second // a card says how far it is
	mostTries  = 10
	mostFile   = 64 << 20 // bytes; Slack's forms take 10 MB
)

// Run works on uploads, oldest first and one at a time, and sweeps what is left of failed and deleted versions, until ctx
// ends. The process that leads runs it.
func (i *Importer) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var swept time.Time
	for ctx.Err() == nil {
		worked, err := i.Once(ctx)
		if err == nil && (worked || i.Now().Sub(swept).Abs() > sweepEvery) {
			err, swept = i.sweep(ctx), i.Now()
		}
		if err != nil && ctx.Err() == nil {
			i.Log.Error("import what was uploaded", "err", err)
		}
		if worked && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	return nil
}

func (i *Importer) sweep(ctx context.Context) error {
	for more := true; more; {
		var err error
		if more, err = i.Ledger.SweepAudiences(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Once works on the oldest upload that is due, and tells whether there was one.
func (i *Importer) Once(ctx context.Context) (worked bool, err error) {
	due, err := i.Ledger.UploadsDue(ctx, 1)
	if err != nil || len(due) == 0 {
		return false, err
	}
	u, err := i.Ledger.BeginUpload(ctx, due[0])
	if err == nil {
		err = i.work(ctx, u)
	}
	if _, moved := errors.AsType[*store.Moved](err); moved {
		i.Log.Info("another process works on the upload now", "upload", u.ID)
		err = nil
	}
	return true, err
}

// work imports one upload, and ends it or puts it off.
func (i *Importer) work(ctx context.Context, u store.Upload) error {
	if u.Tries > mostTries { // it was begun so often and never came to an end
		return i.stands(ctx, u, &Problem{Code: NotEnded})
	}
	report, err := i.carryOut(ctx, u)
	if ctx.Err() != nil {
		return nil // whoever leads next begins it again
	}
	if _, moved := errors.AsType[*store.Moved](err); moved {
		return err
	}
	u.Tally, u.FirstBad, u.Fault, u.About = report.Tally, toldOf(report.First), "", ""
	if err == nil {
		return i.Ledger.EndUpload(ctx, u)
	}
	problem, ok := errors.AsType[*Problem](err)
	if !ok {
		problem = &Problem{Code: LedgerFailed, Err: err}
	}
	return i.stands(ctx, u, problem)
}

// stands ends an upload with a problem, or puts it off where the problem may pass.
func (i *Importer) stands(ctx context.Context, u store.Upload, p *Problem) error {
	i.Log.Warn("import what was uploaded", "upload", u.ID, "audience", u.Audience, "try", u.Tries, "err", p)
	if p.passes() && u.Tries < mostTries {
		return i.Ledger.UploadLater(ctx, u, i.Now().Add(time.Second<<u.Tries), string(p.Code), p.About)
	}
	u.Fault, u.About = string(p.Code), p.About
	return i.Ledger.EndUpload(ctx, u)
}

func toldOf(first []BadRow) []store.BadRow {
	var out []store.BadRow
	for _, r := range first {
		out = append(out, store.BadRow{File: r.File, Line: r.Line, Why: string(r.Why), Stray: r.Stray})
	}
	return out
}
