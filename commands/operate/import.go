package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"couponbot/commands/importing"
	"couponbot/commands/lists"
	"couponbot/store"
)

// An ImportAsk is what to import, as it was typed.
type ImportAsk struct {
	Name  string // of the audience
	File  string
	Minus string // another audience; "" for none
}

// Import makes a new version of an audience out of a file, while the bot may be working, and prints what was in it;
// progress hears now and then how far it is. The bad rows are written beside the file, as FILE.bad.csv.
func Import(ctx context.Context, dsn string, o store.Options, ask ImportAsk, out, progress io.Writer) (err error) {
	for _, name := range []string{ask.Name, ask.Minus} {
		if name != "" && !store.IsAudienceName(name) {
			return fmt.Errorf("%w: %s: an audience is called with small letters, digits and hyphens, at most 40", ErrUsage, name)
		}
	}
	file, err := os.Open(ask.File)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUsage, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.IsDir() {
		return fmt.Errorf("%w: %s is no file", ErrUsage, ask.File)
	}
	l, err := store.OpenImport(ctx, dsn, o)
	if err != nil {
		return Explain(err, dsn)
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	bad := &fileWhenNeeded{name: importing.BadName(ask.File)}
	report, err := importing.Import(ctx, l, importing.Ask{Audience: ask.Name, Minus: ask.Minus, By: Who(), Bad: bad, Progress: told(progress),
		Files: []importing.File{{Name: filepath.Base(ask.File), From: file, Size: info.Size()}}})
	written := bad.Close()
	if problem, ok := errors.AsType[*importing.Problem](err); ok {
		noted := l.Audit(ctx, store.Event{Actor: Who(), Action: "refused", Detail: map[string]any{"did": "audience import", "code": string(problem.Code), "audience": ask.Name}})
		err = errors.Join(errors.New(sentence(problem)), noted)
	} else if err != nil {
		return errors.Join(Explain(err, dsn), written)
	}
	printReport(out, report, bad.name)
	return errors.Join(err, written)
}

// told makes lines of progress, one every two seconds.
func told(to io.Writer) func(read, written int64) {
	last := time.Now()
	return func(read, written int64) {
		if time.Since(last) < 2*time.Second {
			return
		}
		last = time.Now()
		if written > 0 {
			fmt.Fprintf(to, "%d of %d rows are in the ledger\n", written, read)
			return
		}
		fmt.Fprintf(to, "%d rows are read\n", read)
	}
}

// fileWhenNeeded is a file that is made when something is written into it.
type fileWhenNeeded struct {
	name string
	file *os.File
}

func (f *fileWhenNeeded) Write(some []byte) (int, error) {
	if f.file == nil {
		var err error
		if f.file, err = os.OpenFile(f.name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
			return 0, err
		}
	}
	return f.file.Write(some)
}

func (f *fileWhenNeeded) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

func printReport(out io.Writer, r importing.Report, bad string) {
	line := func(word string, format string, args ...any) {
		fmt.Fprintf(out, "%-10s "+format+"\n", append([]any{word}, args...)...)
	}
	t := r.Tally
	line("rows", "%d", t.Rows)
	line("usable", "%d", t.Usable)
	line("duplicates", "%d", t.Duplicates)
	line("bad", "%d", t.Bad)
	for _, row := range r.First {
		line("", "line %d: %s", row.Line, row.English())
	}
	if t.Bad > 0 {
		line("", "all of them, up to 100,000: %s", bad)
	}
	line("blocked", "%d", t.Blocked)
	line("staff", "%d", t.Staff)
	if v := r.Version; v.ID > 0 {
		if v.Minus != "" {
			line("excluded", "%d, who are in %s", t.Excluded, v.Minus)
		}
		line("sha256", "%s", v.Checksum)
		line("imported", "%s", v.Name())
	}
}

// unfit are the sentences about files that are no lists.
var unfit = map[importing.Code]string{
	importing.Code(lists.NothingInIt): "there is nothing in it",
	importing.Code(lists.NotText):     "it is neither text nor a workbook",
	importing.Code(lists.Protected):   "it has a password: save it without one",
	importing.Code(lists.OldExcel):    "it is a workbook of Excel 97 to 2003: save it as .xlsx or as CSV",
	importing.Code(lists.Damaged):     "it is no workbook, or a damaged one: save it anew, or as CSV",
	importing.Code(lists.TooLarge):    "it is a workbook of more than 64 MB: save it as CSV, which may have any size",
	importing.Code(lists.NoColumn):    "in no column are openids: give their column the heading openid",
	importing.Code(lists.TwoColumns):  "two columns could be meant: give the one the heading openid, and the other another one",
	importing.Code(lists.TwoSheets):   "two sheets hold a list: leave one, or hide the other",
	importing.NothingUsable:           "nobody is left to whom anything could be sent: no version was made",
	importing.NoAudience:              "there is no such audience",
}

func sentence(p *importing.Problem) string {
	words := unfit[p.Code]
	if words == "" {
		return p.Error()
	}
	return p.About + ": " + words
}
