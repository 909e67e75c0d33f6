package sandbox

import "math"

// slBlockShape is what a block may contain, with the limits of Slack's block reference; nil for a
// type that this workspace refuses, as one does in which a newer block is not rolled out yet.
func slBlockShape(kind string) slShape {
	switch kind {
	case "section":
		return slShape{
			"text":   slMay(slText(3000, false)),
			"fields": slMay(slList(1, 10, slText(2000, false))),
			"expand": slMay(slBool),
			"accessory": slMay(slPicked("image", "button", "overflow", "datepicker", "timepicker", "static_select", "external_select",
				"users_select", "conversations_select", "channels_select", "multi_static_select", "multi_external_select",
				"multi_users_select", "multi_conversations_select", "multi_channels_select", "checkboxes", "radio_buttons")),
		}
	case "divider":
		return slShape{}
	case "header":
		return slShape{"text": slMust(slText(150, true)), "level": slMay(slInt(1, 4))}
	case "context":
		return slShape{"elements": slMust(slList(1, 10, slPicked("image", "plain_text", "mrkdwn")))}
	case "actions":
		return slShape{"elements": slMust(slList(1, 25, slPicked("button", "overflow", "datepicker", "timepicker", "datetimepicker",
			"static_select", "external_select", "users_select", "conversations_select", "channels_select", "multi_static_select",
			"multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select", "checkboxes", "radio_buttons")))}
	case "image":
		return slShape{"image_url": slMust(slString(1, 3000)), "alt_text": slMust(slString(1, 2000)), "title": slMay(slText(2000, true))}
	case "input":
		return slShape{
			"label": slMust(slText(2000, true)), "hint": slMay(slText(2000, true)), "optional": slMay(slBool), "dispatch_action": slMay(slBool),
			"element": slMust(slPicked("plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input", "file_input",
				"datepicker", "timepicker", "datetimepicker", "static_select", "external_select", "users_select", "conversations_select",
				"channels_select", "multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select",
				"multi_channels_select", "checkboxes", "radio_buttons")),
		}
	case "rich_text":
		return slShape{"elements": slMust(slList(1, 100, slAny))}
	case "markdown":
		return slShape{"text": slMust(slString(1, 12_000))}
	case "table":
		return slShape{"rows": slMust(slList(1, 100, slList(1, 20, slAny))), "column_settings": slMay(slList(0, 20, slAny))}
	}
	return nil
}

// slElementShape is what an interactive element or image may contain.
func slElementShape(kind string) slShape {
	placeholder, confirm, focus := slMay(slText(150, true)), slMay(slConfirm), slMay(slBool)
	picker := func(more slShape) slShape {
		more["placeholder"], more["confirm"], more["focus_on_load"] = placeholder, confirm, focus
		return more
	}
	typed := func(more slShape) slShape {
		more["placeholder"], more["focus_on_load"] = placeholder, focus
		more["dispatch_action_config"] = slMay(slAny)
		return more
	}
	id := slString(1, 255)
	ids := slMay(slList(0, 100, id))
	switch kind {
	case "image":
		return slShape{"image_url": slMust(slString(1, 3000)), "alt_text": slMust(slString(1, 2000))}
	case "button":
		return slShape{"text": slMust(slText(75, true)), "value": slMay(slString(0, 2000)), "url": slMay(slString(1, 3000)),
			"style": slMay(slEnum("primary", "danger")), "confirm": confirm, "accessibility_label": slMay(slString(1, 75))}
	case "overflow":
		return slShape{"options": slMust(slList(1, 5, slOption)), "confirm": confirm}
	case "checkboxes":
		return slShape{"options": slMust(slList(1, 10, slOption)), "initial_options": slMay(slList(1, 10, slOption)), "confirm": confirm, "focus_on_load": focus}
	case "radio_buttons":
		return slShape{"options": slMust(slList(1, 10, slOption)), "initial_option": slMay(slOption), "confirm": confirm, "focus_on_load": focus}
	case "datepicker":
		return picker(slShape{"initial_date": slMay(slString(10, 10))})
	case "timepicker":
		return picker(slShape{"initial_time": slMay(slString(5, 5)), "timezone": slMay(id)})
	case "datetimepicker":
		return slShape{"initial_date_time": slMay(slInt(1e9, 9_999_999_999)), "confirm": confirm, "focus_on_load": focus}
	case "plain_text_input":
		return typed(slShape{"initial_value": slMay(slString(0, 3000)), "multiline": slMay(slBool), "min_length": slMay(slInt(0, 3000)), "max_length": slMay(slInt(1, 3000))})
	case "number_input":
		return typed(slShape{"is_decimal_allowed": slMust(slBool), "initial_value": slMay(slString(1, 50)), "min_value": slMay(slString(1, 50)), "max_value": slMay(slString(1, 50))})
	case "email_text_input", "url_text_input":
		return typed(slShape{"initial_value": slMay(slString(0, 3000))})
	case "rich_text_input":
		return typed(slShape{"initial_value": slMay(slAny)})
	case "file_input":
		return slShape{"filetypes": slMay(slList(1, 100, id)), "max_files": slMay(slInt(1, 10))}
	case "static_select":
		return picker(slOptions(slShape{"initial_option": slMay(slOption)}))
	case "multi_static_select":
		return picker(slOptions(slShape{"initial_options": slMay(slList(1, 100, slOption)), "max_selected_items": slMay(slInt(1, math.MaxInt32))}))
	case "external_select":
		return picker(slShape{"initial_option": slMay(slOption), "min_query_length": slMay(slInt(0, 100))})
	case "multi_external_select":
		return picker(slShape{"initial_options": slMay(slList(1, 100, slOption)), "min_query_length": slMay(slInt(0, 100)), "max_selected_items": slMay(slInt(1, math.MaxInt32))})
	case "users_select":
		return picker(slShape{"initial_user": slMay(id)})
	case "multi_users_select":
		return picker(slShape{"initial_users": ids, "max_selected_items": slMay(slInt(1, math.MaxInt32))})
	case "channels_select":
		return picker(slShape{"initial_channel": slMay(id), "response_url_enabled": slMay(slBool)})
	case "multi_channels_select":
		return picker(slShape{"initial_channels": ids, "max_selected_items": slMay(slInt(1, math.MaxInt32))})
	case "conversations_select":
		return picker(slShape{"initial_conversation": slMay(id), "default_to_current_conversation": slMay(slBool), "response_url_enabled": slMay(slBool), "filter": slMay(slAny)})
	case "multi_conversations_select":
		return picker(slShape{"initial_conversations": ids, "default_to_current_conversation": slMay(slBool), "filter": slMay(slAny), "max_selected_items": slMay(slInt(1, math.MaxInt32))})
	}
	return slShape{}
}

// slOptions adds the two ways a select may list its choices; exactly one of them is needed.
func slOptions(shape slShape) slShape {
	shape["options"] = slMay(slList(1, 100, slOption))
	shape["option_groups"] = slMay(slList(1, 100, slObject(slShape{
		"label": slMust(slText(75, true)), "options": slMust(slList(1, 100, slOption))})))
	return shape
}

func slOption(c *slChecker, at string, v any) {
	slObject(slShape{
		"text": slMust(slText(75, false)), "value": slMust(slString(1, 75)),
		"description": slMay(slText(75, false)), "url": slMay(slString(1, 3000)),
	})(c, at, v)
}

func slConfirm(c *slChecker, at string, v any) {
	slObject(slShape{
		"title": slMust(slText(100, true)), "text": slMust(slText(300, false)),
		"confirm": slMust(slText(30, true)), "deny": slMust(slText(30, true)), "style": slMay(slEnum("primary", "danger")),
	})(c, at, v)
}
