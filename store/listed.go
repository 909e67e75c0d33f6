package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// Barred says that some of a send's customers are on a list of those who get nothing.
type Barred struct {
	List    string // AudienceBlocked or AudienceStaff
	OpenIDs []string
}

func (e *Barred) Error() string { return fmt.Sprintf("%d of these are in %s", len(e.OpenIDs), e.List) }

// Listed is which of these customers are in the newest version of an audience, in the order asked; none when there is no
// such audience.
func (l *Ledger) Listed(ctx context.Context, audience string, openids []string) ([]string, error) {
	in, err := listed(func(query string, args ...any) (*sql.Rows, error) { return l.queryRows(ctx, query, args...) }, audience, openids)
	return in, l.fault("listed", err)
}

func (t *tx) listed(audience string, openids []string) ([]string, error) {
	return listed(t.query, audience, openids)
}

// listed asks for a hundred at a time, in a statement that is always the same.
func listed(query func(string, ...any) (*sql.Rows, error), audience string, openids []string) (in []string, err error) {
	newest, err := readAll(scanVersion)(query(newestVersion, audience))
	if err != nil || len(newest) == 0 {
		return nil, err
	}
	for some := range slices.Chunk(openids, rowsAtOnce) {
		args := []any{newest[0].ID}
		for i := range rowsAtOnce {
			args = append(args, some[min(i, len(some)-1)])
		}
		rows, err := query(`SELECT openid FROM audience_members WHERE version_id = ? AND openid IN (`+list("?", rowsAtOnce)+`)`, args...)
		if err != nil {
			return nil, err
		}
		found, err := collect(rows, func(id *string) []any { return []any{id} })
		if err != nil {
			return nil, err
		}
		for _, id := range some {
			if slices.Contains(found, id) {
				in = append(in, id)
			}
		}
	}
	return in, nil
}
