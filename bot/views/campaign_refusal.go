package views

import "couponbot/commands"

// undoneOfCampaign is what did not happen when something about a campaign, a schedule or an audience was refused.
func undoneOfCampaign(x commands.Code) string {
	switch x {
	case commands.NoSuchCampaign, commands.NoRun, commands.NoSchedule, commands.NoSuchAudience:
		return "both"
	case commands.CampaignExists, commands.CampaignRevised, commands.NoAudience, commands.BadName, commands.BadNumber, commands.BadDate, commands.BadMissed,
		commands.BadCron, commands.EveryNotAllowed, commands.NeverFires, commands.TooOften, commands.UnknownZone, commands.TwoZones, commands.BadHours:
		return "saved"
	}
	return "sent"
}

// refusedCampaign writes the fields of those refusals as what they are.
func refusedCampaign(a args, x *commands.Refusal) {
	switch x.Code {
	case commands.RunNotOver, commands.BadCron, commands.TwoZones, commands.TooOften:
		a["Text"] = code(x.Text)
	case commands.BadNumber:
		a["Text"] = phrase{"number.anything", nil}
		if word := known(x.Text, commands.FieldCap, "rows"); word != "" {
			a["Text"] = phrase{"number." + word, nil}
		}
	}
}
