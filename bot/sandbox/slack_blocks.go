package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// slSurface is where blocks are drawn; some belong to one surface only.
type slSurface string

const (
	slSurfaceMessage slSurface = "message"
	slSurfaceModal   slSurface = "modal"
	slSurfaceHome    slSurface = "home"
)

// slChecker walks Block Kit JSON against Slack's published limits and collects every fault with
// its place, as Slack does. On the way it fills in what Slack fills in: ids and emoji flags.
type slChecker struct {
	surface  slSurface
	faults   []string
	blockIDs map[string]bool
	actions  map[string]bool // of the block being read
	inputs   bool
	tables   int
	markdown int
}

// slRule checks one value; slField says whether it must be there.
type (
	slRule  func(c *slChecker, at string, v any)
	slField struct {
		must bool
		rule slRule
	}
	slShape map[string]slField
)

func slMust(r slRule) slField { return slField{true, r} }
func slMay(r slRule) slField  { return slField{false, r} }

func (c *slChecker) fail(at, format string, args ...any) {
	c.faults = append(c.faults, "[ERROR] "+fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
}

// slCheckBlocks checks the blocks of a message and returns them as stored; the error is invalid_blocks.
func slCheckBlocks(v any, surface slSurface) ([]any, error) {
	c := &slChecker{surface: surface}
	blocks := c.blocks("/blocks", v)
	if c.faults != nil {
		return nil, &slError{code: "invalid_blocks", messages: c.faults}
	}
	return blocks, nil
}

func (c *slChecker) blocks(at string, v any) []any {
	list, ok := v.([]any)
	if !ok {
		c.fail(at, "must be an array")
		return nil
	}
	most := 100
	if c.surface == slSurfaceMessage {
		most = 50
	}
	if len(list) > most {
		c.fail(at, "must be fewer than %d items", most+1)
	}
	c.blockIDs = map[string]bool{}
	for i, b := range list {
		c.block(fmt.Sprintf("%s/%d", at, i), b)
	}
	for _, b := range list {
		if b, ok := b.(slObj); ok && b["block_id"] == nil {
			b["block_id"] = slSecret()[:5]
		}
	}
	if c.markdown > 12_000 {
		c.fail(at, "markdown must be less than 12001 characters in total")
	}
	return list
}

func (c *slChecker) block(at string, v any) {
	b, ok := v.(slObj)
	if !ok {
		c.fail(at, "must be an object")
		return
	}
	kind, _ := b["type"].(string)
	shape := slBlockShape(kind)
	if shape == nil || kind == "markdown" && c.surface != slSurfaceMessage {
		c.fail(at+"/type", "unsupported type: %s", kind)
		return
	}
	if id, _ := b["block_id"].(string); id != "" {
		if c.blockIDs[id] {
			c.fail(at+"/block_id", "`block_id` %q already exists", id)
		}
		c.blockIDs[id] = true
	} else {
		delete(b, "block_id")
	}
	c.actions = map[string]bool{}
	shape["type"] = slMust(slString(1, 255))
	shape["block_id"] = slMay(slString(1, 255))
	c.object(at, b, shape)
	switch kind {
	case "section":
		if b["text"] == nil && b["fields"] == nil {
			c.fail(at, "must define either `text` or `fields`")
		}
	case "input":
		c.inputs = true
	case "table":
		if c.tables++; c.tables > 1 {
			c.fail(at, "only one table is allowed in a message")
		}
	case "markdown":
		text, _ := b["text"].(string)
		c.markdown += utf8.RuneCountInString(text)
	}
}

// object checks the fields of one object and refuses any it does not know.
func (c *slChecker) object(at string, o slObj, shape slShape) {
	for _, k := range slSortedKeys(o) {
		f, known := shape[k]
		switch {
		case o[k] == nil && known && !f.must:
			delete(o, k) // null is the same as left out
		case !known:
			c.fail(at, "invalid additional property: %s", k)
		default:
			f.rule(c, at+"/"+k, o[k])
		}
	}
	for _, k := range slSortedKeys(shape) {
		if _, there := o[k]; shape[k].must && !there {
			c.fail(at, "missing required field: %s", k)
		}
	}
}

func slSortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func slString(least, most int) slRule {
	return func(c *slChecker, at string, v any) {
		s, ok := v.(string)
		switch n := utf8.RuneCountInString(s); {
		case !ok:
			c.fail(at, "must be a string")
		case n < least:
			c.fail(at, "must be more than %d characters", least-1)
		case n > most:
			c.fail(at, "must be less than %d characters", most+1)
		}
	}
}

func slEnum(words ...string) slRule {
	return func(c *slChecker, at string, v any) {
		if s, _ := v.(string); !slices.Contains(words, s) {
			c.fail(at, "must be one of: %s", strings.Join(words, ", "))
		}
	}
}

func slBool(c *slChecker, at string, v any) {
	if _, ok := v.(bool); !ok {
		c.fail(at, "must be a boolean")
	}
}

func slInt(least, most int64) slRule {
	return func(c *slChecker, at string, v any) {
		n, ok := v.(json.Number)
		if i, err := n.Int64(); !ok || err != nil || i < least || i > most {
			c.fail(at, "must be an integer from %d to %d", least, most)
		}
	}
}

// slAny accepts what this workspace stores and draws without looking inside.
func slAny(*slChecker, string, any) {}

func slList(least, most int, each slRule) slRule {
	return func(c *slChecker, at string, v any) {
		list, ok := v.([]any)
		switch {
		case !ok:
			c.fail(at, "must be an array")
		case len(list) < least:
			c.fail(at, "must be more than %d items", least-1)
		case len(list) > most:
			c.fail(at, "must be fewer than %d items", most+1)
		}
		for i, e := range list {
			each(c, fmt.Sprintf("%s/%d", at, i), e)
		}
	}
}

// slObject is a plain object with one fixed shape.
func slObject(shape slShape) slRule {
	return func(c *slChecker, at string, v any) {
		if o, ok := v.(slObj); ok {
			c.object(at, o, shape)
		} else {
			c.fail(at, "must be an object")
		}
	}
}

// slText is a text object; plain says that mrkdwn is not allowed there.
func slText(most int, plain bool) slRule {
	return func(c *slChecker, at string, v any) {
		o, ok := v.(slObj)
		if !ok {
			c.fail(at, "must be an object")
			return
		}
		shape := slShape{"type": slMust(slEnum("plain_text", "mrkdwn")), "text": slMust(slString(1, most))}
		if plain {
			shape["type"] = slMust(slEnum("plain_text"))
		}
		switch o["type"] {
		case "plain_text":
			shape["emoji"] = slMay(slBool)
			if o["emoji"] == nil {
				o["emoji"] = true
			}
		case "mrkdwn":
			shape["verbatim"] = slMay(slBool)
			if o["verbatim"] == nil {
				o["verbatim"] = false
			}
		}
		c.object(at, o, shape)
	}
}

// slPicked is the one place that reads a type and chooses among allowed shapes.
func slPicked(kinds ...string) slRule {
	return func(c *slChecker, at string, v any) {
		o, ok := v.(slObj)
		kind, _ := o["type"].(string)
		if !ok || !slices.Contains(kinds, kind) {
			c.fail(at+"/type", "unsupported type: %s", kind)
			return
		}
		if kind == "plain_text" || kind == "mrkdwn" {
			slText(3000, false)(c, at, o)
			return
		}
		shape := slElementShape(kind)
		shape["type"] = slMust(slString(1, 255))
		if kind != "image" {
			shape["action_id"] = slMay(slString(1, 255))
			c.actionID(at, o)
		}
		c.object(at, o, shape)
		if strings.HasSuffix(kind, "static_select") && (o["options"] == nil) == (o["option_groups"] == nil) {
			c.fail(at, "must define either `options` or `option_groups`")
		}
	}
}

// actionID keeps action ids apart within a block, and gives one to an element without.
func (c *slChecker) actionID(at string, o slObj) {
	id, _ := o["action_id"].(string)
	if id == "" {
		id = slSecret()[:5]
		o["action_id"] = id
	}
	if c.actions[id] {
		c.fail(at+"/action_id", "`action_id` %q already exists in this block", id)
	}
	c.actions[id] = true
}
