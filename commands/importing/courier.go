package importing

import (
	"context"
	"errors"
	"fmt"
	"io"

	"couponbot/commands/lists"
	"couponbot/store"
)

// carryOut fetches the files, imports them and hands the bad rows over, also where nothing else came of them.
func (i *Importer) carryOut(ctx context.Context, u store.Upload) (Report, error) {
	bad, err := lists.NewScratch(i.Temp)
	if err != nil {
		return Report{}, &Problem{Code: NotSorted, Err: err}
	}
	defer bad.Close()
	var files []File
	for _, f := range u.Files {
		to, err := lists.NewScratch(i.Temp)
		if err != nil {
			return Report{}, &Problem{Code: NotSorted, About: f.Name, Err: err}
		}
		defer to.Close()
		size, err := i.fetch(ctx, f, to)
		if err != nil {
			return Report{}, err
		}
		files = append(files, File{f.Name, to, size})
	}
	report, err := Import(ctx, i.Ledger, Ask{Audience: u.Audience, Minus: u.Minus, Files: files, By: u.By, Upload: u.ID, Version: u.Version, Temp: i.Temp, Bad: bad,
		Progress: i.watch(ctx, u)})
	if report.Tally.Bad == 0 || ctx.Err() != nil {
		return report, err
	}
	given := i.handOver(ctx, u, report, bad)
	if err != nil {
		return report, err
	}
	return report, given
}

// fetch downloads a file.
func (i *Importer) fetch(ctx context.Context, f store.UploadFile, to io.Writer) (size int64, err error) {
	limited := &bounded{to: to, left: mostFile}
	err = i.Courier.Fetch(ctx, f, limited)
	var gone interface{ Gone() bool }
	switch {
	case limited.left < 0:
		return 0, &Problem{Code: FileTooLarge, About: f.Name}
	case errors.As(err, &gone) && gone.Gone():
		return 0, &Problem{Code: FileGone, About: f.Name, Err: err}
	case err != nil:
		return 0, &Problem{Code: NotFetched, About: f.Name, Err: err}
	}
	return mostFile - limited.left, nil
}

// bounded is a file that takes only so much.
type bounded struct {
	to   io.Writer
	left int64 // below 0: there was more
}

var errTooMuch = errors.New("more than a form in Slack takes")

func (b *bounded) Write(some []byte) (int, error) {
	if b.left -= int64(len(some)); b.left < 0 {
		return 0, errTooMuch
	}
	return b.to.Write(some)
}

// watch has the upload's card say how far it is.
func (i *Importer) watch(ctx context.Context, u store.Upload) func(read, written int64) {
	last := i.Now()
	return func(read, _ int64) {
		if now := i.Now(); now.Sub(last) >= drawEvery {
			last = now
			if err := i.Ledger.UploadProgress(ctx, u, read); err != nil && ctx.Err() == nil {
				i.Log.Debug("say how far an upload is", "upload", u.ID, "err", err)
			}
		}
	}
}

// handOver gives the file of bad rows to whoever uploaded the others.
func (i *Importer) handOver(ctx context.Context, u store.Upload, report Report, bad io.ReadSeeker) error {
	size, err := bad.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = bad.Seek(0, io.SeekStart)
	}
	name := BadName(u.Audience)
	if len(u.Files) == 1 {
		name = BadName(u.Files[0].Name)
	}
	if u.Tally = report.Tally; err == nil {
		err = i.Courier.HandOver(ctx, u, name, size, bad)
	}
	if err != nil {
		return &Problem{Code: NotHandedOver, About: name, Err: fmt.Errorf("%d bad rows: %w", report.Tally.Bad, err)}
	}
	return nil
}

// BadName is what the file of bad rows is called.
func BadName(file string) string { return file + ".bad.csv" }
