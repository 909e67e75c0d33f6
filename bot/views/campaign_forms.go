package views

import (
	"github.com/slack-go/slack"

	"couponbot/commands"
)

// nameMost is the longest name of a campaign or an audience.
const nameMost = 40

// campaignFields are the inputs that the forms of campaigns and audiences have beside those of sends.
func campaignFields() []string {
	return []string{commands.FieldName, commands.FieldAudience, commands.FieldChannel, commands.FieldTest, commands.FieldCap, commands.FieldOnce, commands.FieldHours,
		commands.FieldFiles, commands.FieldMinus}
}

// campaignModal is the form that makes or changes a campaign; who changes one does not name it anew.
func (v *Views) campaignModal(r Reader, q commands.CampaignForm) slack.ModalViewRequest {
	c := v.card(r)
	value := func(name string) string { return q.Values[name] }
	if q.Meta == "" {
		c.small("form.campaign.intro", nil)
		c.input(commands.FieldName, c.text(commands.FieldName, value(commands.FieldName), nameMost, false), "form.name_hint", nil, false)
	} else {
		c.say("form.campaign.changing", args{"Campaign": value(commands.FieldName)})
	}
	c.input(commands.FieldStock, c.stockPicker(q.Stock), "", nil, false)
	c.valueInputs(q.Custom, q.Values)
	c.input(commands.FieldAudience, c.audiencePicker(q), "form.audience_hint", nil, false)
	c.input(commands.FieldChannel, c.channelPicker(value(commands.FieldChannel)), "form.channel_hint", nil, false)
	c.input(commands.FieldReason, c.reasons(q.Reasons, value(commands.FieldReason)), "", nil, len(q.Reasons) == 0)
	c.ticketInput(q.Ticket, value(commands.FieldTicket), true)
	for _, name := range []string{commands.FieldTest, commands.FieldCap, commands.FieldOnce, commands.FieldHours} {
		c.input(name, c.text(name, value(name), noteLimit, false), "form."+name+"_hint", nil, true)
	}
	c.input(commands.FieldNote, c.text(commands.FieldNote, value(commands.FieldNote), noteLimit, true), "form.campaign.note_hint", nil, true)
	return c.modal(commands.FormCampaign, q.Meta, nil)
}

// audiencePicker offers the audiences that are ready.
func (c *card) audiencePicker(q commands.CampaignForm) *slack.SelectBlockElement {
	var all []*slack.OptionBlockObject
	for _, a := range q.Audiences {
		text := c.write(plain, "option.audience", args{"Audience": a.Name, "Number": a.Version.Number, "Count": a.Version.Tally.Usable})
		all = append(all, optionOf(a.Name, text))
	}
	return c.picker(commands.FieldAudience, "form.audience_pick", q.Values[commands.FieldAudience], all)
}

// channelPicker offers channels, public and private; people are not told of campaigns one by one.
func (c *card) channelPicker(chosen string) *slack.SelectBlockElement {
	picker := slack.NewOptionsSelectBlockElement(slack.OptTypeConversations, c.holder("form.channel_pick"), commands.FieldChannel)
	picker.Filter = &slack.SelectBlockElementFilter{Include: []string{"public", "private"}, ExcludeBotUsers: true}
	picker.InitialConversation = chosen
	return picker
}

// audienceModal is the form that takes lists of customers.
func (v *Views) audienceModal(r Reader, q commands.AudienceForm) slack.ModalViewRequest {
	c := v.card(r)
	c.small("form.audience_form.intro", nil)
	c.input(commands.FieldName, c.text(commands.FieldName, q.Values[commands.FieldName], nameMost, false), "form.audience_form.name_hint", nil, false)
	var names []*slack.OptionBlockObject
	for _, name := range q.Names {
		names = append(names, optionOf(name, name))
	}
	picker := c.picker(commands.FieldMinus, "form.audience_pick", q.Values[commands.FieldMinus], names)
	others := len(picker.Options) > 0 // a version without some of them needs no files
	files := slack.NewFileInputBlockElement(commands.FieldFiles).WithFileTypes("csv", "xlsx").WithMaxFiles(commands.MostFiles)
	c.input(commands.FieldFiles, files, "form.files_hint", nil, others)
	if others {
		c.input(commands.FieldMinus, picker, "form.minus_hint", nil, true)
	}
	return c.modal(commands.FormAudience, q.Meta, nil)
}
