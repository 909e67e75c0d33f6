package importing

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"couponbot/commands/lists"
)

// A Code says why there is no version, or what an upload waits for; bot/views has the words. A file that is no list has
// the code of its lists.Unfit.
type Code string

// Codes that are not those of lists.Unfit.
const (
	NothingUsable Code = "nothing_usable"  // nobody is left
	NoAudience    Code = "no_audience"     // About: there is no such audience, or none any more
	FileGone      Code = "file_gone"       // About: the file was taken away in Slack
	FileTooLarge  Code = "file_too_large"  // About: larger than Slack's forms allow
	NotFetched    Code = "not_fetched"     // About: Slack did not give the file; tried again
	NotHandedOver Code = "not_handed_over" // the file of bad rows could not be given back; tried again
	NotRead       Code = "not_read"        // About: the disk did not give the file back; tried again
	NotSorted     Code = "not_sorted"      // temporary files could not be written: is the disk full? Tried again
	LedgerFailed  Code = "ledger_failed"   // tried again
	NotEnded      Code = "not_ended"       // the bot was ended in the middle of it again and again
)

// A Problem says why a list did not become a version.
type Problem struct {
	Code  Code
	About string // the file, with what is wrong in it behind a colon where something can be named; the audience
	Err   error
}

func (e *Problem) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s (%s): %v", e.Code, e.About, e.Err)
	}
	return fmt.Sprintf("%s (%s)", e.Code, e.About)
}

func (e *Problem) Unwrap() error { return e.Err }

// passes tells of problems that may be over when it is tried again.
func (e *Problem) passes() bool {
	return slices.Contains([]Code{NotFetched, NotHandedOver, NotRead, NotSorted, LedgerFailed}, e.Code)
}

// problemOf is an error that came up while a file was read.
func problemOf(file string, err error) error {
	if no, ok := errors.AsType[*lists.NoList](err); ok {
		if no.Text != "" {
			file += ": " + no.Text
		}
		return &Problem{Code: Code(no.Why), About: file, Err: err}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &Problem{Code: NotRead, About: file, Err: err}
}
