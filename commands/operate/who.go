package operate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strings"
)

// Who is the actor of what is done on the command line: the user of this machine, as "os:name".
func Who() string {
	u, err := user.Current()
	if err != nil {
		return "os:unknown"
	}
	return "os:" + u.Username
}

// asked asks a person; without a terminal it is an error that says how to do without. No other answer than yes is one.
func asked(question, instead string, terminal bool, in io.Reader, out io.Writer) (bool, error) {
	if !terminal {
		return false, fmt.Errorf("%w: nobody is there to ask; nothing was changed. To go on without being asked: %s", ErrUsage, instead)
	}
	fmt.Fprintf(out, "%s [y/N] ", question)
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("read the answer: %w", err)
	}
	if a := strings.ToLower(strings.TrimSpace(answer)); a == "y" || a == "yes" {
		return true, nil
	}
	fmt.Fprintln(out, "Nothing was changed.")
	return false, nil
}
