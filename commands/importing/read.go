package importing

import (
	"context"
	"errors"

	"couponbot/commands/lists"
)

// readAll sorts the customers of all files and writes down the bad rows.
func (i *importing) readAll(ctx context.Context) error {
	bad := lists.NewBadRows(i.Bad)
	for _, f := range i.Files {
		if err := i.read(ctx, f, bad); err != nil {
			return errors.Join(err, bad.Close())
		}
	}
	if err := bad.Close(); err != nil {
		return &Problem{Code: NotSorted, Err: err}
	}
	return nil
}

func (i *importing) read(ctx context.Context, f File, bad *lists.BadRows) error {
	l, err := lists.Open(f.From, f.Size)
	if err != nil {
		return problemOf(f.Name, err)
	}
	defer l.Close()
	for row, err := range l.Rows() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return problemOf(f.Name, err)
		}
		if i.report.Tally.Rows++; i.report.Tally.Rows%tellEvery == 0 {
			i.Progress(i.report.Tally.Rows, 0)
		}
		if row.Why == "" {
			err = i.sorter.Add(row.OpenID, row.Note)
		} else {
			err = i.bad(f.Name, row, bad)
		}
		if err != nil {
			return &Problem{Code: NotSorted, About: f.Name, Err: err}
		}
	}
	return nil
}

// bad counts a bad row, and shows it where it is one of the first.
func (i *importing) bad(file string, row lists.Row, to *lists.BadRows) error {
	i.report.Tally.Bad++
	if len(i.report.First) < firstBad {
		i.report.First = append(i.report.First, BadRow{file, row})
	}
	if i.report.Tally.Bad > mostBad {
		return nil
	}
	return to.Write(file, row)
}
