package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// ackTimeout bounds the wait for room in a socket's queue: without a connection slack-go would wait for ever, and
// Slack stops listening after three seconds.
const ackTimeout = 2500 * time.Millisecond

// A socket is one Socket Mode connection, and the next when it ends. Slack gives each envelope to one of an app's open
// sockets; two of them leave no gap when Slack recycles one.
type socket struct {
	bot    *Bot
	number int
	client *socketmode.Client
	up     atomic.Bool
}

func (b *Bot) newSocket(number int) *socket {
	opener := &pacer{client: &http.Client{Timeout: callTimeout, Transport: b.web}, now: time.Now, first: b.pace, most: 60 * b.pace}
	// No OptionDebug: it shortens connections to six minutes and logs what people wrote.
	api := slack.New(b.config.BotToken, slack.OptionAppLevelToken(b.config.AppToken), slack.OptionAPIURL(b.config.APIURL), slack.OptionHTTPClient(opener))
	return &socket{bot: b, number: number, client: socketmode.New(api)}
}

// run keeps the connection until ctx ends. An error says that Slack refuses the app token.
func (s *socket) run(ctx context.Context) error {
	defer s.ended()
	for {
		err := s.client.RunContext(ctx)
		s.ended()
		if ctx.Err() != nil {
			return nil
		}
		if code, ok := slackCode(err); ok && tokenRefused(code) {
			return fmt.Errorf("apps.connections.open: Slack does not accept slack.app_token (%s)", code)
		}
		// The pacer spaces what follows.
		s.bot.log.Warn("socket given up and begun again", "socket", s.number, "err", classify(err))
	}
}

func slackCode(err error) (string, bool) {
	if err == nil {
		return "", false
	}
	if said, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return said.Err, true
	}
	return err.Error(), true // apps.connections.open: slack-go makes a plain error of the word
}

func (s *socket) began(connections int) {
	b := s.bot
	if !s.up.Swap(true) {
		b.open.Add(1)
	}
	b.log.Info("socket open", "socket", s.number, "of_the_app", connections)
	if connections > b.config.Connections {
		b.crowd.Do(func() {
			b.log.Warn("other processes hold sockets of this Slack app and get part of what people say: replicas of this bot, or a forgotten one",
				"of_the_app", connections, "of_this_process", b.config.Connections)
		})
	}
}

func (s *socket) ended() {
	if s.up.Swap(false) {
		s.bot.open.Add(-1)
		s.bot.log.Info("socket closed", "socket", s.number)
	}
}

// listen empties the client's channel: a client nobody listens to stops answering pings.
func (s *socket) listen(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-s.client.Events:
			s.hear(ctx, e)
		}
	}
}

func (s *socket) hear(ctx context.Context, e socketmode.Event) {
	switch e.Type {
	case socketmode.EventTypeHello:
		s.began(e.Request.NumConnections)
	case socketmode.EventTypeConnecting: // incoming_error is not certain: slack-go drops it where Slack asked for the end
		s.ended()
	case socketmode.EventTypeConnectionError:
		s.refused(ctx, e.Data.(*slack.ConnectionErrorEvent))
	case socketmode.EventTypeErrorWriteFailed:
		lost := e.Data.(*socketmode.ErrorWriteFailed)
		s.bot.log.Warn("an acknowledgement was lost", "socket", s.number, "envelope", lost.Response.EnvelopeID)
	case socketmode.EventTypeErrorBadMessage:
		s.odd(e.Data.(*socketmode.ErrorBadMessage))
	default:
		if e.Request != nil && e.Request.EnvelopeID != "" {
			s.bot.take(s.envelope(e.Request.EnvelopeID, e.Request.Type, e.Request.Payload))
		}
	}
}

// refused notes that a connection could not be opened; slack-go tries again.
func (s *socket) refused(ctx context.Context, e *slack.ConnectionErrorEvent) {
	f := classify(e.ErrorObj)
	if code, ok := slackCode(e.ErrorObj); ok && needsPerson(code) {
		f = &fault{Kind: faultRefused, Code: code}
		s.bot.log.Error("Slack refuses the connection until the app is changed", "socket", s.number, "err", f, "again_in", e.Backoff)
		s.bot.alertSlack(ctx, code, "apps.connections.open")
		return
	}
	s.bot.log.Warn("could not open a socket", "socket", s.number, "err", f, "again_in", e.Backoff)
}

// odd takes a message that slack-go could not read. It acknowledges none of them; what we can read of it is enough
// for a press, because a new kind of element beside a button must not make the button dead.
func (s *socket) odd(bad *socketmode.ErrorBadMessage) {
	var m struct {
		EnvelopeID string          `json:"envelope_id"`
		Type       string          `json:"type"`
		Payload    json.RawMessage `json:"payload"`
	}
	err := json.Unmarshal(bad.Message, &m)
	s.bot.log.Warn("Slack said something that slack-go cannot read", "socket", s.number, "type", m.Type, "envelope", m.EnvelopeID, "why", bad.Cause)
	if err == nil && m.EnvelopeID != "" {
		s.bot.take(s.envelope(m.EnvelopeID, m.Type, m.Payload))
	}
}

func (s *socket) envelope(id, kind string, payload json.RawMessage) *envelope {
	return &envelope{id: id, kind: kind, payload: payload, came: time.Now(), socket: s}
}
