package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SeeGroup notes who belongs to a user group now. When that is not what was last seen, the change is told to the alerts
// channel and audited; the first look changes nothing.
func (l *Ledger) SeeGroup(ctx context.Context, group string, members []string) (added, removed []string, err error) {
	members = slices.Compact(slices.Sorted(slices.Values(members)))
	now := strings.Join(members, " ")
	const seen = `SELECT members FROM groups_seen WHERE grp = ?`
	var before string
	err = notFound(l.queryRow(ctx, seen, group).Scan(&before))
	if err != nil && !errors.Is(err, ErrNotFound) || err == nil && before == now {
		return nil, nil, l.fault("group", err)
	}
	err = l.tx(ctx, "group", func(t *tx) error {
		added, removed = nil, nil
		err := notFound(t.row(seen, group).Scan(&before))
		first := errors.Is(err, ErrNotFound)
		if err != nil && !first || !first && before == now {
			return err
		}
		if _, err := t.exec(`INSERT INTO groups_seen (grp, members, at) VALUES (?, ?, ?) ON CONFLICT (grp) DO UPDATE SET members = excluded.members, at = excluded.at`, group, now, ms(t.at)); err != nil || first {
			return err
		}
		added, removed = without(members, strings.Fields(before)), without(strings.Fields(before), members)
		return t.groupChanged(group, added, removed)
	})
	return added, removed, err
}

func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(some, s) })
}

func (t *tx) groupChanged(group string, added, removed []string) error {
	if err := t.audit(Event{Actor: ActorBot, Action: "group.changed", Detail: map[string]any{"group": group, "added": added, "removed": removed}}); err != nil {
		return err
	}
	detail := map[string]string{"group": group, "added": strings.Join(added, " "), "removed": strings.Join(removed, " ")}
	return t.alert(Alert{Key: fmt.Sprintf("group:%s:%d", group, ms(t.at)), Kind: AlertGroup, Detail: detail})
}
