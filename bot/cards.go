package bot

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"couponbot/store"
)

// What the loop bounds: cards looked at in one pass, calls to Slack at once, the pause between passes, and how long
// calls in hand may take when the loop ends.
const (
	cardsAtOnce  = 500
	callsAtOnce  = 8
	passGap      = 20 * time.Millisecond
	blockedGap   = 250 * time.Millisecond
	cardsInHand  = 4 * time.Second
	cardDeadline = 20 * time.Second
)

// A painter is one run of the cards' loop.
type painter struct {
	*Bot
	budget *budget
	ctx    context.Context // of the calls: outlives the loop by a little
	slots  chan struct{}
	wake   chan struct{}
	calls  sync.WaitGroup

	mu     sync.Mutex
	taken  map[string]bool // subjects of which a card is being drawn (true: theirs are drawn one at a time) or was in this pass
	locked map[int64]bool  // approval cards that show their decision
}

// Cards keeps every posted card equal to the ledger until ctx ends; the process that leads runs it. What goes wrong
// with a card is the card's: the loop has no error of its own.
func (b *Bot) Cards(ctx context.Context) error {
	calls, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	p := &painter{Bot: b, budget: newBudget(b.now), ctx: calls, slots: make(chan struct{}, callsAtOnce), wake: make(chan struct{}, 1), taken: map[string]bool{}, locked: map[int64]bool{}}
	for ctx.Err() == nil {
		changed := b.ledger.Changed()
		gap := passGap
		blocked, err := p.pass(ctx)
		if err != nil && ctx.Err() == nil {
			b.log.Error("look for cards to draw", "err", err)
		}
		if blocked || err != nil {
			gap = blockedGap
		}
		pause(ctx, gap, nil, nil)
		pause(ctx, b.idle-gap, changed, p.wake)
	}
	timer := time.AfterFunc(cardsInHand, end)
	defer timer.Stop()
	p.calls.Wait()
	return nil
}

// pause ends with its time, its context, or one of two signals.
func pause(ctx context.Context, d time.Duration, a, b <-chan struct{}) {
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-a:
	case <-b:
	}
}

// A plan is a card whose turn it may be.
type plan struct {
	card  store.Card
	order importance
}

// pass begins what may be drawn now; blocked tells that something had to wait for Slack's rates.
func (p *painter) pass(ctx context.Context) (blocked bool, err error) {
	p.newPass()
	cards, err := p.ledger.Behind(ctx, cardsAtOnce)
	if err != nil {
		return false, err
	}
	plans := make([]plan, 0, len(cards))
	for _, c := range cards {
		order, err := p.order(ctx, c)
		if err != nil {
			return false, err
		}
		plans = append(plans, plan{c, order})
	}
	slices.SortStableFunc(plans, func(a, b plan) int { return int(a.order - b.order) })
	for _, next := range plans {
		if p.isTaken(next.card.Subject) {
			continue
		}
		if !p.allowed(next) {
			blocked = true
			continue
		}
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			return blocked, nil
		}
		p.begin(next.card)
	}
	return blocked, nil
}

// newPass forgets what was drawn before this moment: what the ledger lists from now on is newer.
func (p *painter) newPass() {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.taken, func(_ string, busy bool) bool { return !busy })
}

// isTaken tells whether a card of the subject is being drawn, or was after the ledger had listed it: as listed it would
// be drawn twice, and one that is posted would be posted twice.
func (p *painter) isTaken(subject string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, taken := p.taken[subject]
	return taken
}

func (p *painter) setBusy(subject string, busy bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken[subject] = busy
}

// begin draws a card beside the loop. A slot has been taken.
func (p *painter) begin(c store.Card) {
	p.setBusy(c.Subject, true)
	p.calls.Go(func() {
		defer func() {
			p.setBusy(c.Subject, false)
			<-p.slots
			select {
			case p.wake <- struct{}{}:
			default:
			}
		}()
		p.paint(c)
	})
}
