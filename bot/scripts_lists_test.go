package bot_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// doList writes a list of customers as a file of $WORK.
func (s *stage) doList(l *line) error {
	if err := l.want(1, -1); err != nil {
		return err
	}
	name, rows := l.args[0], l.args[1:]
	if l.has("crowd") {
		n, err := strconv.Atoi(l.flags["crowd"])
		if err != nil {
			return usageError("-crowd is a number")
		}
		rows = append(rows, crowd(n)...)
	}
	for _, row := range rows {
		for _, id := range typedOpenID.FindAllString(row, -1) {
			s.typed[id] = true
		}
	}
	body := []byte(strings.Join(rows, "\r\n") + "\r\n")
	var err error
	switch {
	case filepath.Ext(name) == ".xlsx":
		body, err = workbook(rows)
	case l.has("gbk"):
		body, err = simplifiedchinese.GBK.NewEncoder().Bytes(body)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(l.MkAbs(name), body, 0o600)
}

// workbook makes rows with commas in them a workbook.
func workbook(rows []string) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		cells := strings.Split(row, ",")
		if err := f.SetSheetRow("Sheet1", fmt.Sprint("A", i+1), &cells); err != nil {
			return nil, err
		}
	}
	out, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// uploaded puts files of $WORK, named with commas between them, into a person's form, and returns the value of its field.
func (s *stage) uploaded(l *line, who, names string) (ids []string, err error) {
	for name := range strings.SplitSeq(names, ",") {
		body, err := os.ReadFile(l.MkAbs(name))
		if err != nil {
			return nil, err
		}
		var file struct {
			ID string `json:"id"`
		}
		if err := s.control("POST", "slack/upload", map[string]any{"as": who, "name": filepath.Base(name), "body": body}, &file); err != nil {
			return nil, err
		}
		ids = append(ids, file.ID)
	}
	return ids, nil
}

// doFile looks at the files of a name that a person sees: one has all of them. That others see one too is an error
// whatever is looked for.
func (s *stage) doFile(l *line) error {
	if err := l.want(3, -1); err != nil {
		return err
	}
	who, err := personID(l.args[0])
	if err != nil {
		return err
	}
	want, err := patterns(l.args[2:])
	if err != nil {
		return err
	}
	return s.poll(l, want, l.args[0]+"'s files named "+l.args[1], func() (bodies []string, err error) {
		for name, id := range people {
			ids, err := s.filesSeen(id, l.args[1])
			if err != nil {
				return nil, err
			}
			if id != who && len(ids) > 0 {
				return nil, fmt.Errorf("%s sees %s", name, l.args[1])
			}
			for _, id := range ids {
				body, err := s.download(id)
				if err != nil {
					return nil, err
				}
				bodies = append(bodies, body)
			}
		}
		return bodies, nil
	})
}

// filesSeen are the files of a name in the messages that a person sees.
func (s *stage) filesSeen(person, name string) (ids []string, err error) {
	var state struct {
		Channels []struct {
			Messages []struct {
				Files []struct {
					ID   string `json:"id"`
					Name string `json:"name"`
				} `json:"files"`
			} `json:"messages"`
		} `json:"channels"`
	}
	err = s.control("GET", "slack/state?as="+person, nil, &state)
	for _, c := range state.Channels {
		for _, m := range c.Messages {
			for _, f := range m.Files {
				if f.Name == name {
					ids = append(ids, f.ID)
				}
			}
		}
	}
	return ids, err
}

func (s *stage) download(file string) (string, error) {
	res, err := http.Get(s.base + "/sandbox/slack/files/" + file)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = errors.New("the file is not there: " + res.Status)
	}
	return string(body), err
}
