// Package importing makes versions of audiences out of files.
//
// There is one way for a list to get in ([Import]), whether its file lies on the operator's disk or was given to a form in
// Slack: read row by row (package lists), sorted and each customer once, without those who are blocked or staff or in the
// audience that is taken away, into a version that nobody sees before it is whole. The lists that take people away are
// read in the same order as the new one, side by side, so that neither has to fit in memory.
//
// What was given in Slack is a row of the ledger before the form closes. The process that leads works on these rows, one
// after the other ([Importer]): it fetches the files, imports them, and hands the bad rows back to whoever uploaded them,
// and to nobody else. A crash at any moment begins the row again from its start; the half version of before is swept. Only
// when the version is ready already is nothing imported a second time, and just the bad rows are read once more.
package importing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"time"

	"couponbot/commands/lists"
	"couponbot/store"
)

// An Ask says what becomes a version of which audience.
type Ask struct {
	Audience string
	Minus    string                    // the audience that is taken away; "" for none
	Files    []File                    // none: the newest version of Audience itself
	By       string                    // a Slack user id, or os:name
	Upload   int64                     // 0: not from Slack
	Version  int64                     // made by an earlier try: only the bad rows are wanted
	Temp     string                    // where large lists are sorted; "" is the system's folder
	Bad      io.Writer                 // gets the bad rows as a file, nothing when there are none; nil: nobody wants it
	Progress func(read, written int64) // called every now and then; nil: nobody watches
}

// A File is a list that lies still.
type File struct {
	Name string
	From io.ReaderAt
	Size int64
}

// A Report is what was found in the files.
type Report struct {
	Version store.Version // its ID is 0 when none was made
	Tally   store.Tally
	First   []BadRow // the first bad rows
}

// A BadRow is a bad row of a file.
type BadRow struct {
	File string
	lists.Row
}

const (
	firstBad   = 10
	mostBad    = 100_000 // rows in the file of bad rows
	tellEvery  = 50_000  // rows
	failWithin = 5 * time.Second
)

// Import makes a version, or says in a *Problem why there is none. The report is true in both cases.
func Import(ctx context.Context, l *store.Ledger, ask Ask) (Report, error) {
	i := &importing{Ask: ask, ledger: l, sorter: lists.NewSorter(ask.Temp)}
	defer i.sorter.Close()
	if i.Progress == nil {
		i.Progress = func(int64, int64) {}
	}
	if i.Bad == nil {
		i.Bad = io.Discard
	}
	err := i.prepare(ctx)
	if err == nil {
		err = i.readAll(ctx)
	}
	switch {
	case err != nil:
	case ask.Version > 0:
		i.report.Version, err = l.AudienceVersion(ctx, ask.Version)
		i.report.Tally = i.report.Version.Tally
	default:
		err = i.write(ctx)
	}
	return i.report, err
}

// importing is one import under way.
type importing struct {
	Ask
	ledger *store.Ledger
	sorter *lists.Sorter
	begun  store.Version
	base   int64    // the version that is imported where there are no files
	sieves []*sieve // who is left out
	report Report
}

// prepare finds the audiences that have a part in it, as they are now, and what is said of the files.
func (i *importing) prepare(ctx context.Context) error {
	i.begun = store.Version{Audience: i.Audience, Upload: i.Upload, By: i.By}
	if len(i.Files) == 0 {
		v, err := i.newest(ctx, i.Audience)
		if err != nil {
			return err
		}
		i.base, i.begun.Source = v.ID, v.Name()
	}
	t := &i.report.Tally
	if i.Audience != store.AudienceBlocked && i.Audience != store.AudienceStaff {
		if err := errors.Join(i.without(ctx, store.AudienceBlocked, &t.Blocked), i.without(ctx, store.AudienceStaff, &t.Staff)); err != nil {
			return err
		}
	}
	if i.Minus != "" {
		v, err := i.newest(ctx, i.Minus)
		if err != nil {
			return err
		}
		i.begun.Minus = v.Name()
		i.sieves = append(i.sieves, &sieve{ledger: i.ledger, version: v.ID, count: &t.Excluded})
	}
	return i.checksum(ctx)
}

// without leaves out who is in an audience, if there is one.
func (i *importing) without(ctx context.Context, name string, count *int64) error {
	a, err := i.ledger.Audience(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	i.sieves = append(i.sieves, &sieve{ledger: i.ledger, version: a.Version.ID, count: count})
	return err
}

func (i *importing) newest(ctx context.Context, name string) (store.Version, error) {
	a, err := i.ledger.Audience(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return a.Version, &Problem{Code: NoAudience, About: name}
	}
	return a.Version, err
}

// checksum reads the files once as they are: sha256sum of the same files says the same.
func (i *importing) checksum(ctx context.Context) error {
	sum := sha256.New()
	var names []string
	for _, f := range i.Files {
		n, err := io.Copy(sum, &until{ctx, io.NewSectionReader(f.From, 0, f.Size)})
		if err != nil {
			return problemOf(f.Name, err)
		}
		i.begun.Bytes += n
		names = append(names, f.Name)
	}
	if len(names) > 0 {
		i.begun.Source, i.begun.Checksum = strings.Join(names, ", "), hex.EncodeToString(sum.Sum(nil))
	}
	return nil
}

// until is a reader that stops when ctx ends.
type until struct {
	ctx  context.Context
	from io.Reader
}

func (u *until) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.from.Read(b)
}
