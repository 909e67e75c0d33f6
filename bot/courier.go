package bot

import (
	"context"
	"fmt"
	"io"

	"github.com/slack-go/slack"

	"couponbot/store"
)

// A Courier fetches what people uploaded and gives them back what could not be read; it is importing's Courier.
type Courier struct{ bot *Bot }

// Courier goes to Slack for the importer.
func (b *Bot) Courier() Courier { return Courier{b} }

// gone is a file that there is no more; the importer asks for it by its method.
type gone struct{ *fault }

func (gone) Gone() bool { return true }

// Fetch writes a file that somebody uploaded to w. Its address is asked for anew, because the one that the form told may be
// over.
func (c Courier) Fetch(ctx context.Context, file store.UploadFile, w io.Writer) error {
	b := c.bot
	var info *slack.File
	f := b.web.call(ctx, "files.info", func(ctx context.Context) (err error) {
		info, _, _, err = b.web.api.GetFileInfoContext(ctx, file.ID, 0, 0)
		return err
	})
	if f != nil {
		if f.Kind == faultRefused && (f.Code == "file_not_found" || f.Code == "file_deleted" || f.Code == "not_visible") {
			return gone{f}
		}
		return f
	}
	if err := b.web.api.GetFileContext(ctx, info.URLPrivateDownload, w); err != nil {
		return fmt.Errorf("fetch a file: %w", classify(err))
	}
	return nil
}

// HandOver gives the file of bad rows to the uploader, and to nobody else.
func (c Courier) HandOver(ctx context.Context, u store.Upload, name string, size int64, file io.Reader) error {
	b := c.bot
	reader := b.reader(b.people.known(ctx, u.By))
	if f := b.sendFile(ctx, u.By, name, b.views.BadRows(reader, u).Text, size, file); f != nil {
		return f
	}
	return nil
}
