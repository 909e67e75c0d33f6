package store

// A Law is what must be true of a ledger at every moment, as a query that finds nothing.
type Law struct {
	Says  string
	Query string // what is wrong, as one text column
}

// Laws are those of sums and states. Each query reads the ledger as it was at one moment, so it may be asked while the
// bot works.
func Laws() []Law {
	return []Law{
		{"a send's counters are the counts of its coupons", `
			SELECT 'S' || g.send_id || ' ' || s.state FROM (SELECT send_id, count(*) AS n,
				sum(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END) AS w, sum(CASE WHEN state = 'issuing' THEN 1 ELSE 0 END) AS i,
				sum(CASE WHEN state = 'unknown' THEN 1 ELSE 0 END) AS u, sum(CASE WHEN state = 'issued' THEN 1 ELSE 0 END) AS d,
				sum(CASE WHEN state = 'refused' THEN 1 ELSE 0 END) AS r, sum(CASE WHEN state = 'cancelled' THEN 1 ELSE 0 END) AS c
				FROM grants GROUP BY send_id) g JOIN sends s ON s.id = g.send_id
			WHERE s.total <> g.n OR s.waiting <> g.w OR s.issuing <> g.i OR s.unknown <> g.u OR s.issued <> g.d OR s.refused <> g.r OR s.cancelled <> g.c`},
		{"a send has its coupons", `
			SELECT 'S' || s.id || ' ' || s.total FROM sends s WHERE s.total > 0 AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.send_id = s.id)`},
		{"a coupon is of its send's stock", `
			SELECT 'S' || g.send_id || '-' || g.position FROM grants g LEFT JOIN sends s ON s.id = g.send_id WHERE s.id IS NULL OR s.stock_id <> g.stock_id`},
		{"a limit holds what the sends hold under it", `
			SELECT l.kind || ' ' || l.key || ' ' || l.period || ': ' || l.held_fen || ' held, not ' || coalesce(h.fen, 0) FROM limits l LEFT JOIN
				(SELECT h.kind, h.key, h.period, h.start_at, sum(h.coupons) AS coupons, sum(h.coupons * s.amount_fen) AS fen
				FROM holds h JOIN sends s ON s.id = h.send_id GROUP BY h.kind, h.key, h.period, h.start_at) h
			ON h.kind = l.kind AND h.key = l.key AND h.period = l.period AND h.start_at = l.start_at
			WHERE l.held_fen <> coalesce(h.fen, 0) OR l.held_coupons <> coalesce(h.coupons, 0)`},
		{"what is held stands in a limit", `
			SELECT 'S' || h.send_id || ' ' || h.kind || ' ' || h.period FROM holds h LEFT JOIN limits l
			ON l.kind = h.kind AND l.key = h.key AND l.period = h.period AND l.start_at = h.start_at WHERE h.coupons > 0 AND l.kind IS NULL`},
		{"a limit spent what was issued under it", spentLaw},
		{"no send holds more than it has open", `
			SELECT 'S' || s.id || ' ' || h.kind || ' ' || h.openid FROM holds h JOIN sends s ON s.id = h.send_id
			WHERE h.openid = '' AND h.coupons > s.waiting + s.issuing + s.unknown AND s.preparing = 0`},
		{"a run holds campaigns' limits for what it has open", `
			SELECT 'S' || s.id || ' ' || h.period || ': ' || h.coupons FROM holds h JOIN sends s ON s.id = h.send_id WHERE h.openid = '' AND h.kind = 'campaign' AND s.preparing = 0
			AND h.coupons <> s.waiting + s.issuing + s.unknown`},
		{"a waiting coupon of a run stands under no customer's limit", `
			SELECT 'S' || h.send_id || ' ' || h.kind || ' ' || h.openid FROM holds h JOIN sends s ON s.id = h.send_id JOIN grants g ON g.send_id = h.send_id AND g.openid = h.openid
			WHERE h.openid <> '' AND h.coupons > 0 AND s.kind = 'campaign' AND g.state = 'waiting'`},
		{"a run is prepared while it may go on, and then it has what was agreed to at most", `
			SELECT 'S' || s.id || ' ' || s.state || ' ' || s.total FROM runs r JOIN sends s ON s.id = r.send_id
			WHERE s.preparing = 1 AND (s.state NOT IN ('awaiting', 'approved', 'paused') OR r.prepared_at > 0) OR r.series = 0 AND s.total > r.expected OR r.series = 1 AND s.total > 0`},
		{"what is over does not move", `
			SELECT 'S' || s.id || ' ' || s.state FROM runs r JOIN sends s ON s.id = r.send_id WHERE r.series = 0 AND
			(r.over_at > 0 AND s.issuing > 0 OR r.over_at > 0 AND s.waiting > 0 AND s.state NOT IN ('rejected', 'expired', 'withdrawn')
				OR r.over_at = 0 AND s.state IN ('done', 'rejected', 'expired', 'withdrawn'))`},
		{"one run of a campaign at a time", `
			SELECT 'campaign ' || campaign_id FROM runs WHERE over_at = 0 AND series = 0 AND NOT EXISTS (SELECT 1 FROM parties p WHERE p.send_id = runs.send_id AND p.part = 'retrier')
			GROUP BY campaign_id HAVING count(*) > 1`},
		{"a series is approved by its send", `
			SELECT 'schedule ' || c.id FROM schedules c LEFT JOIN sends s ON s.id = c.approval
			WHERE c.approved_at > 0 AND (c.state <> 'on' OR s.id IS NULL OR s.approved_at = 0)`},
		{"a planned time that ran has its run", `
			SELECT 'schedule ' || l.schedule_id || ' ' || l.slot FROM slots l LEFT JOIN runs r ON r.send_id = l.send_id AND r.schedule_id = l.schedule_id AND r.slot = l.slot
			WHERE l.outcome = 'run' AND r.send_id IS NULL
			UNION ALL SELECT 'S' || r.send_id FROM runs r WHERE r.schedule_id > 0 AND r.series = 0 AND NOT EXISTS
				(SELECT 1 FROM slots l WHERE l.schedule_id = r.schedule_id AND l.slot = r.slot AND l.outcome = 'run' AND l.send_id = r.send_id)`},
		{"no customer's coupon is held after its end", `
			SELECT 'S' || h.send_id || ' ' || h.kind || ' ' || h.openid FROM holds h JOIN grants g ON g.send_id = h.send_id AND g.openid = h.openid
			WHERE h.coupons > 0 AND g.state IN ('issued', 'refused', 'cancelled')`},
		{"one open coupon for each customer and stock", `
			SELECT openid || ' ' || stock_id FROM grants WHERE state IN ('issuing', 'unknown') AND adopted = 0 GROUP BY openid, stock_id HAVING count(*) > 1`},
		{"one grant for each coupon", `
			SELECT coupon_id FROM grants WHERE coupon_id <> '' GROUP BY coupon_id HAVING count(*) > 1`},
		{"a coupon's row fits its state", `
			SELECT 'S' || send_id || '-' || position || ' ' || state FROM grants WHERE
				(finished_at > 0) <> (state IN ('issued', 'refused', 'cancelled'))
				OR (state = 'issuing' AND (lease_until = 0 OR first_called_at = 0 OR attempts = 0))
				OR (state = 'waiting' AND (open_attempt = 1 OR lease_until <> 0))
				OR (state = 'unknown' AND (open_attempt = 0 OR first_called_at = 0))
				OR (needs_person = 1 AND state <> 'unknown')`},
		{"a send's row fits its state", `
			SELECT 'S' || id || ' ' || state || ' open ' || (waiting + issuing + unknown) || ' finished ' || finished_at || ' paused ' || paused_from || pause_reason FROM sends WHERE
				(state = 'done' AND waiting + issuing + unknown > 0)
				OR (state = 'awaiting' AND (missing = '[]' OR approved_at > 0 OR finished_at > 0 OR asked_at = 0))
				OR (state IN ('rejected', 'expired', 'withdrawn') AND (approved_at > 0 OR finished_at = 0))
				OR (state IN ('approved', 'issuing', 'paused') AND (waiting + issuing + unknown = 0 AND preparing = 0 OR finished_at > 0 OR approved_at = 0))
				OR (state IN ('done', 'cancelled') AND (finished_at > 0) <> (waiting + issuing + unknown = 0))
				OR (state = 'paused') <> (paused_from <> '') OR (state = 'paused') <> (pause_reason <> '')`},
		{"a send waits for somebody, or not at all", `
			SELECT 'S' || s.id || ' waits for nobody' FROM sends s WHERE s.state = 'awaiting' AND NOT EXISTS (SELECT 1 FROM waits w WHERE w.send_id = s.id)
			UNION ALL SELECT 'S' || s.id || ' is ' || s.state || ' and waits for ' || w.grp FROM waits w JOIN sends s ON s.id = w.send_id WHERE s.state <> 'awaiting'`},
		{"what waited in vain holds nothing", `
			SELECT 'S' || h.send_id || ' ' || h.kind || ' ' || h.openid FROM holds h JOIN sends s ON s.id = h.send_id
			WHERE h.coupons > 0 AND s.state IN ('rejected', 'expired', 'withdrawn')`},
		{"who had a hand in a send does not decide it", `
			SELECT 'S' || d.send_id || ' ' || d.person FROM decisions d JOIN parties p ON p.send_id = d.send_id AND p.person = d.person WHERE p.part = 'maker' OR p.at < d.at`},
		{"who approved a send has decided so", `
			SELECT 'S' || s.id || ': ' || s.approved_by FROM sends s WHERE s.seats <> '[]' AND s.approved_at > 0
			AND length(s.approved_by) - length(replace(s.approved_by, ' ', '')) + 1 <> (SELECT count(*) FROM decisions d WHERE d.send_id = s.id AND d.revision = s.revision
				AND d.verdict = 'approve' AND d.void_at = 0 AND ' ' || s.approved_by || ' ' LIKE '% ' || d.person || ' %')`},
		{"a refused coupon has its refusal in the audit", `
			SELECT 'S' || id || ': ' || refused || ' refused, ' || n || ' in the audit' FROM (SELECT s.id, s.refused,
				(SELECT count(DISTINCT a.position) FROM audit a WHERE a.send_id = s.id AND a.send_id > 0 AND a.action = 'grant.refused') AS n
				FROM sends s WHERE (s.draft_id IS NOT NULL OR s.campaign <> '') AND s.refused > 0) x WHERE refused > n`},
		{"a ready list has the members that it says", `
			SELECT v.audience || ' v' || v.number || ': ' || v.usable || ', not ' || coalesce(m.n, 0) FROM audience_versions v
			LEFT JOIN (SELECT version_id, count(*) AS n FROM audience_members GROUP BY version_id) m ON m.version_id = v.id
			WHERE v.state = 'ready' AND v.usable <> coalesce(m.n, 0)`},
		{"a list that was emptied is not in use", `
			SELECT v.audience || ' ' || v.id FROM audience_versions v WHERE v.emptied = 1 AND v.state IN ('importing', 'ready')`},
		{"a coupon that has ended is nobody's task", `
			SELECT 'settlement ' || p.id FROM settlements p JOIN grants g ON g.send_id = p.send_id AND g.position = p.position
			WHERE p.confirmed_at = 0 AND p.void_at = 0 AND g.state <> 'unknown'`},
	}
}

// spentLaw compares what the counters of a limit have spent, over all periods, with what was issued of the sends that
// held under it: holds stay as rows when they are let go, and move from period to period. A retry may bring limits that
// its send did not have before, and what was issued before is not in those; so where a send was retried the counters may
// say less, and never more.
const spentLaw = `
	SELECT l.kind || ' ' || l.key || ' per ' || l.period || ': ' || l.coupons || ' coupons and ' || l.fen || ' fen spent, but issued '
		|| coalesce(h.coupons, 0) || ' and ' || coalesce(h.fen, 0) FROM
		(SELECT kind, key, period, sum(spent_coupons) AS coupons, sum(spent_fen) AS fen FROM limits GROUP BY kind, key, period) l LEFT JOIN
		(SELECT h.kind, h.key, h.period, sum(h.n) AS coupons, sum(h.n * s.amount_fen) AS fen,
			sum(CASE WHEN EXISTS (SELECT 1 FROM parties p WHERE p.send_id = s.id AND p.part = 'retrier') THEN 1 ELSE 0 END) AS retried
		FROM (SELECT w.send_id, w.kind, w.key, w.period, x.issued AS n FROM holds w JOIN sends x ON x.id = w.send_id WHERE w.openid = ''
			UNION ALL SELECT w.send_id, w.kind, w.key, w.period, CASE WHEN g.state = 'issued' THEN 1 ELSE 0 END FROM holds w
				JOIN grants g ON g.send_id = w.send_id AND g.openid = w.openid WHERE w.openid <> '') h
		JOIN sends s ON s.id = h.send_id GROUP BY h.kind, h.key, h.period) h
	ON h.kind = l.kind AND h.key = l.key AND h.period = l.period
	WHERE l.coupons > coalesce(h.coupons, 0) OR l.fen > coalesce(h.fen, 0)
		OR coalesce(h.retried, 0) = 0 AND (l.coupons < coalesce(h.coupons, 0) OR l.fen < coalesce(h.fen, 0))`
