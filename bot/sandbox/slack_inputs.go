package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
)

// slStateValues is what a person chose: by block_id, then action_id.
type slStateValues = map[string]map[string]slObj

// slDrawn is one interactive element where it is drawn.
type slDrawn struct {
	block   slObj
	blockID string
	el      slObj
	input   bool // in an input block: it sends nothing by itself unless dispatch_action is set
}

// slElements are the interactive elements of blocks, in order.
func slElements(blocks []any) []slDrawn {
	var out []slDrawn
	for _, v := range blocks {
		b, _ := v.(slObj)
		id, _ := b["block_id"].(string)
		take := func(v any, input bool) {
			if el, ok := v.(slObj); ok && el["action_id"] != nil {
				out = append(out, slDrawn{block: b, blockID: id, el: el, input: input})
			}
		}
		switch b["type"] {
		case "section":
			take(b["accessory"], false)
		case "actions":
			list, _ := b["elements"].([]any)
			for _, el := range list {
				take(el, false)
			}
		case "input":
			take(b["element"], true)
		}
	}
	return out
}

// slField names of a value, and of what a view starts with, by element type.
type slInputKind struct{ value, initial string }

func slInputOf(kind string) slInputKind {
	switch kind {
	case "static_select", "external_select", "radio_buttons":
		return slInputKind{"selected_option", "initial_option"}
	case "multi_static_select", "multi_external_select", "checkboxes":
		return slInputKind{"selected_options", "initial_options"}
	case "users_select":
		return slInputKind{"selected_user", "initial_user"}
	case "multi_users_select":
		return slInputKind{"selected_users", "initial_users"}
	case "channels_select":
		return slInputKind{"selected_channel", "initial_channel"}
	case "multi_channels_select":
		return slInputKind{"selected_channels", "initial_channels"}
	case "conversations_select":
		return slInputKind{"selected_conversation", "initial_conversation"}
	case "multi_conversations_select":
		return slInputKind{"selected_conversations", "initial_conversations"}
	case "datepicker":
		return slInputKind{"selected_date", "initial_date"}
	case "timepicker":
		return slInputKind{"selected_time", "initial_time"}
	case "datetimepicker":
		return slInputKind{"selected_date_time", "initial_date_time"}
	case "rich_text_input":
		return slInputKind{"rich_text_value", "initial_value"}
	case "file_input":
		return slInputKind{"files", ""}
	case "plain_text_input", "number_input", "email_text_input", "url_text_input":
		return slInputKind{"value", "initial_value"}
	}
	return slInputKind{}
}

// slState is what state.values holds for these blocks: what was chosen, else what they start with.
func slState(blocks []any, chosen slStateValues) slStateValues {
	out := slStateValues{}
	for _, d := range slElements(blocks) {
		kind, _ := d.el["type"].(string)
		names := slInputOf(kind)
		if names.value == "" {
			continue
		}
		action := d.el["action_id"].(string)
		v := chosen[d.blockID][action]
		if v == nil || v["type"] != kind {
			v = slObj{"type": kind, names.value: d.el[names.initial]}
			if strings.HasSuffix(names.value, "options") || strings.HasPrefix(kind, "multi_") || kind == "file_input" {
				if v[names.value] == nil {
					v[names.value] = []any{}
				}
			}
		}
		if out[d.blockID] == nil {
			out[d.blockID] = map[string]slObj{}
		}
		out[d.blockID][action] = v
	}
	return out
}

// choose is a person giving an element a value: an option's value, an id, a date, a text, a list
// of those, or for selects with suggestions {text, value}. nil empties it. Callers hold mu.
func (s *Slack) choose(el slObj, v any) (slObj, error) {
	kind, _ := el["type"].(string)
	if kind == "overflow" {
		option, err := slOptionOf(el, v)
		return slObj{"type": kind, "selected_option": option}, err
	}
	name := slInputOf(kind).value
	out := slObj{"type": kind, name: v}
	var err error
	switch name {
	case "selected_option":
		if v != nil {
			out[name], err = slOptionOf(el, v)
		}
	case "selected_options", "files":
		list, ok := v.([]any)
		if !ok && v != nil {
			return nil, fmt.Errorf("%s takes a list", kind)
		}
		picked := []any{}
		for _, one := range list {
			var o any
			if name == "files" {
				o, err = s.fileOf(one)
			} else {
				o, err = slOptionOf(el, one)
			}
			if err != nil {
				return nil, err
			}
			picked = append(picked, o)
		}
		out[name] = picked
	case "selected_date_time":
		if n, ok := v.(json.Number); v != nil && !ok {
			return nil, fmt.Errorf("%s takes a number of seconds, not %v", kind, n)
		}
	case "value":
		if text, ok := v.(string); v != nil && !ok {
			return nil, fmt.Errorf("%s takes a text", kind)
		} else if text == "" {
			out[name] = nil
		}
	}
	return out, err
}

// slOptionOf finds the option a person means; nobody can choose what is not offered.
func slOptionOf(el slObj, v any) (any, error) {
	kind, _ := el["type"].(string)
	want, isText := v.(string)
	if strings.Contains(kind, "external") {
		if isText {
			return slObj{"text": slObj{"type": "plain_text", "text": want, "emoji": true}, "value": want}, nil
		}
		return v, nil
	}
	if o, ok := v.(slObj); ok {
		want, _ = o["value"].(string)
	}
	options, _ := el["options"].([]any)
	groups, _ := el["option_groups"].([]any)
	for _, g := range groups {
		more, _ := g.(slObj)["options"].([]any)
		options = append(options[:len(options):len(options)], more...)
	}
	for _, o := range options {
		if o.(slObj)["value"] == want {
			return o, nil
		}
	}
	return nil, fmt.Errorf("there is no option %q", want)
}
