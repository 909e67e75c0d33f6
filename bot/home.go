package bot

import (
	"context"

	"github.com/slack-go/slack"

	"couponbot/store"
)

// publish draws a person's Home page. Whoever publishes last wins, so an answer that was lost is simply asked for again.
func (p *painter) publish(ctx context.Context, c store.Card, d drawn) {
	page := slack.PublishViewContextRequest{UserID: c.Reader, View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: d.home}}}
	f := p.web.call(ctx, "views.publish", func(ctx context.Context) error {
		_, err := p.web.api.PublishViewContext(ctx, page)
		return err
	})
	switch {
	case f == nil:
		p.drawn(ctx, c)
	case f.Kind == faultRefused && homeGone(f.Code):
		p.log.Warn("a Home page cannot be shown", "person", c.Reader, "why", f.Code, "note", f.Note)
		p.drop(ctx, c, f.Code)
	default:
		p.failed(ctx, c, f)
	}
}

// homeGone tells whether Slack's word means that nobody sees this page; it is drawn again when it is opened.
func homeGone(code string) bool {
	switch code {
	case "not_enabled", "view_too_large", "hash_conflict":
		return true
	}
	return channelGone(code) || notDrawable(code)
}
