package sandbox

import (
	"fmt"
	"html"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// slFile is an uploaded file with its bytes.
type slFile struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	User     string   `json:"user"`
	Created  int64    `json:"created"`
	Channels []string `json:"channels,omitempty"`
	Deleted  bool     `json:"deleted,omitempty"`
	Body     []byte   `json:"body"`
	length   int      // promised when the address was asked for
}

const (
	slMaxFile   = 10 << 20 // what a form's file field takes
	slKeepFiles = 200
)

func (s *Slack) fileWire(f *slFile) slObj {
	kind := mime.TypeByExtension(path.Ext(f.Name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	address := s.base + "/slack/files/" + f.ID + "/" + f.Name
	return slObj{
		"id": f.ID, "name": f.Name, "title": f.Title, "mimetype": kind, "filetype": strings.TrimPrefix(path.Ext(f.Name), "."),
		"size": len(f.Body), "user": f.User, "created": f.Created, "timestamp": f.Created, "is_external": false, "mode": "hosted",
		"file_access": "visible", "channels": append([]string{}, f.Channels...), "url_private": address,
		"url_private_download": address, "permalink": s.base + "/#" + f.ID,
	}
}

// keepFile stores a file and lets the oldest go when there are too many. Callers hold mu.
func (s *Slack) keepFile(f *slFile) {
	s.d.Files[f.ID] = f
	if ids := slSortedKeys(s.d.Files); len(ids) > slKeepFiles {
		delete(s.d.Files, ids[0])
	}
}

// fileOf finds a person's uploaded file for a form's file field. Callers hold mu.
func (s *Slack) fileOf(id any) (slObj, error) {
	name, _ := id.(string)
	f := s.d.Files[name]
	if f == nil || f.Deleted {
		return nil, fmt.Errorf("there is no file %q", name)
	}
	return s.fileWire(f), nil
}

// Upload is a person putting a file into a form; the id goes into the field's value.
func (s *Slack) Upload(as, name string, body []byte) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.actor(as); err != nil {
		return "", err
	}
	if name != path.Base(name) || name == "." || name == "/" {
		return "", &slRefused{"bad_name", "a file needs a plain name"}
	}
	if len(body) > slMaxFile {
		return "", &slRefused{"file_too_large", "forms take files up to 10 MB"}
	}
	f := &slFile{ID: s.nextID("F"), Name: name, Title: name, User: as, Created: s.now().Unix(), Body: body}
	s.keepFile(f)
	s.changed()
	return f.ID, nil
}

func (s *Slack) filesInfo(c *slCall) (slObj, error) {
	f := s.d.Files[c.str("file")]
	switch {
	case f == nil:
		return nil, slFail("file_not_found")
	case f.Deleted:
		return nil, slFail("file_deleted")
	}
	return slObj{"file": s.fileWire(f)}, nil
}

func (s *Slack) filesUploadURL(c *slCall) (slObj, error) {
	n, err := strconv.Atoi(c.str("length"))
	if err != nil || n <= 0 || c.str("filename") == "" {
		return nil, slFail("invalid_arguments")
	}
	if len(s.uploads) > slKeepFiles {
		clear(s.uploads)
	}
	f := &slFile{ID: s.nextID("F"), Name: path.Base(c.str("filename")), User: SlackBotUser, Created: s.now().Unix(), length: n}
	f.Title = f.Name
	key := slSecret()
	s.uploads[key] = f
	return slObj{"upload_url": c.base + "/slack/files/upload/" + key, "file_id": f.ID}, nil
}

// filesComplete makes uploaded files real and shares them in a message.
func (s *Slack) filesComplete(c *slCall) (slObj, error) {
	raw, err := c.value("files")
	list, ok := raw.([]any)
	if err != nil || !ok || len(list) == 0 {
		return nil, slFail("invalid_arguments")
	}
	var ch *slChannel
	if id := c.str("channel_id") + c.str("channels"); id != "" {
		if ch, err = s.writable(id); err != nil {
			return nil, err
		}
	}
	var files []*slFile
	for _, one := range list {
		o, _ := one.(slObj)
		f := s.uploaded(o["id"])
		if f == nil {
			return nil, slFail("file_not_found")
		}
		if title, _ := o["title"].(string); title != "" {
			f.Title = title
		}
		files = append(files, f)
	}
	answer := []slObj{}
	m := &slMessage{User: SlackBotUser, App: true, Text: c.str("initial_comment"), ThreadTS: c.str("thread_ts")}
	for _, f := range files {
		s.keepFile(f)
		if ch != nil {
			f.Channels = append(f.Channels, ch.ID)
		}
		m.Files = append(m.Files, f.ID)
		answer = append(answer, slObj{"id": f.ID, "title": f.Title})
	}
	if ch != nil {
		s.add(ch, m)
	}
	return slObj{"files": answer}, nil
}

// uploaded takes a file whose bytes have arrived out of the waiting ones. Callers hold mu.
func (s *Slack) uploaded(id any) *slFile {
	for key, f := range s.uploads {
		if f.ID == id && f.Body != nil {
			delete(s.uploads, key)
			return f
		}
	}
	return nil
}

// serveFiles takes bytes at an upload address and gives them out to the bot.
func (s *Slack) serveFiles(w http.ResponseWriter, r *http.Request) {
	first, rest, _ := strings.Cut(r.PathValue("rest"), "/")
	if first == "upload" && r.Method == http.MethodPost {
		s.takeUpload(w, r, rest)
		return
	}
	s.mu.Lock()
	f := s.d.Files[first]
	allowed := r.Header.Get("Authorization") == "Bearer "+SlackBotToken && slices.Contains(s.scopes(false), "files:read") &&
		s.fault("tokens_revoked", "") == nil
	s.mu.Unlock()
	switch {
	case !allowed: // Slack sends whoever may not read it to a page for people, with 200
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<!DOCTYPE html><html><body>Sign in to Slack to see "+html.EscapeString(rest)+"</body></html>")
	case f == nil || f.Deleted:
		http.NotFound(w, r)
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
		w.Write(f.Body)
	}
}

func (s *Slack) takeUpload(w http.ResponseWriter, r *http.Request, key string) {
	r.Body = http.MaxBytesReader(w, r.Body, slMaxFile*2)
	var body []byte
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		file, _, ferr := r.FormFile("file")
		if err = ferr; err == nil {
			body, err = io.ReadAll(file)
			file.Close()
		}
	} else {
		body, err = io.ReadAll(r.Body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.uploads[key]
	if err != nil || f == nil || len(body) == 0 {
		http.Error(w, "invalid upload", http.StatusBadRequest)
		return
	}
	if len(body) != f.length {
		s.violationLocked("upload_length", fmt.Sprintf("promised %d bytes, sent %d", f.length, len(body)))
	}
	f.Body = body
	fmt.Fprintf(w, "OK - %d", len(body))
}
