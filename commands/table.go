package commands

import (
	"context"
	"time"

	"couponbot/store"
)

// asked is a command line that its verb's row has let through.
type asked struct {
	Ask
	row   command
	args  []token
	flags map[string]string
	loose string // of the line
}

// A command is one verb: its grammar, who may, what help finds it by, and what carries it out.
type command struct {
	verb  string
	usage string
	least int      // words after the verb
	most  int      // -1: any number
	flags []string // that it knows
	free  bool     // its words are free text: nothing in them is a flag
	needs []Right  // one of them; none: the verb itself decides about the one thing that is asked about
	shown []Right  // whom help shows it to, where needs does not say it; none of both: everybody
	asks  bool     // it is shown to those who are asked about sends, and who they are is read live
	found string   // more words that help finds it by
	do    func(*Desk, context.Context, asked) (Reply, error)
}

// table is the grammar, the help and the dispatcher.
func table() []command {
	senders := []Right{RightSend, RightCampaign, RightAdmin}
	return []command{
		{verb: "help", usage: "[word]", most: -1, free: true, found: "? how what can i do 帮助 怎么 用法", do: (*Desk).help},
		{verb: "send", usage: `[<stock> <openid>... [--reason r] [--ticket t] [--note "…"] [--value 5.00 --minimum 10.00]]`, most: -1,
			flags: []string{"reason", "ticket", "note", "value", "minimum"}, needs: []Right{RightSend},
			found: "give issue coupon voucher money customer openid stock form 发放 发券 代金券 优惠券 客户 批次 表单", do: (*Desk).send},
		{verb: "status", usage: "<id>", least: 1, most: 1, found: "state show look who why progress 状态 查看 进度 查询", do: (*Desk).status},
		{verb: "who", usage: "<openid>", least: 1, most: 1, free: true, needs: []Right{RightSend, RightAudit},
			found: "person history had used before limits month 谁 历史 记录 核销", do: (*Desk).who},
		{verb: "find", usage: "<text>", least: 1, most: -1, free: true, needs: []Right{RightSend, RightAudit},
			found: "search look ticket openid person stock id coupon number out_request_no 查找 搜索 工单 单号", do: (*Desk).find},
		{verb: "mine", usage: "", found: "my own sends limits waiting left 我的 记录 限额 等待", do: (*Desk).own},
		{verb: "queue", usage: "", found: "waits for me decide approval pending open 待办 审批 待我", do: (*Desk).queue},
		{verb: "approve", usage: "<id>", least: 1, most: 1, asks: true, found: "agree yes decide card allow 批准 同意 审批", do: (*Desk).typedDecision},
		{verb: "reject", usage: "<id>", least: 1, most: 1, asks: true, found: "no deny decide card refuse 驳回 拒绝 审批", do: (*Desk).typedDecision},
		{verb: "withdraw", usage: "<id>", least: 1, most: 1, shown: []Right{RightSend, RightCampaign}, found: "take back undo mistake waiting 撤回 撤销", do: (*Desk).withdraw},
		{verb: "limits", usage: "[@person]", most: 1, found: "left used held ceiling how much free day month 限额 额度 剩余", do: (*Desk).limits},
		{verb: "stocks", usage: "", needs: []Right{RightSend, RightCampaign, RightAudit}, found: "list budget left window 批次 余额 预算 剩余", do: (*Desk).stocks},
		{verb: "stock", usage: "<stock>", least: 1, most: 1, free: true, needs: []Right{RightSend, RightCampaign, RightAudit},
			found: "budget left today window state 批次 余额 预算 剩余 今日", do: (*Desk).oneStock},
		{verb: "audience", usage: "new [name] | list | show|delete <name>", least: 1, most: 2, needs: []Right{RightCampaign},
			found: "customers people upload file csv xlsx excel import openids blocked staff exclude 名单 人群 客户 上传 导入 文件 黑名单 员工 排除", do: (*Desk).audience},
		{verb: "campaign", usage: "new [name] | list | show|edit|dryrun|start|pause|resume|cancel|retry <name>", least: 1, most: 2, needs: []Right{RightCampaign},
			found: "audience many everybody marketing run start dry 活动 群发 批量 营销 试算", do: (*Desk).campaign},
		{verb: "schedule", usage: `<campaign> "<cron>" [--zone Z] [--until DATE] [--total 5000.00] [--rows N] [--missed skip|once|ask] | list | skip|off <campaign>`,
			least: 1, most: -1, flags: []string{"zone", "until", "total", "rows", "missed"}, needs: []Right{RightCampaign},
			found: "cron time every day week month planned coming 定时 计划 周期", do: (*Desk).schedule},
		{verb: "pause", usage: "<id>", least: 1, most: 1, shown: senders, found: "hold wait 暂停", do: (*Desk).pause},
		{verb: "resume", usage: "<id>", least: 1, most: 1, shown: senders, found: "continue go on 继续 恢复", do: (*Desk).resume},
		{verb: "cancel", usage: "<id>", least: 1, most: 1, shown: senders, found: "end abort rest 取消 剩余", do: (*Desk).cancel},
		{verb: "retry", usage: "<id>", least: 1, most: 1, shown: senders, found: "again refused failed 重试 失败", do: (*Desk).retry},
		{verb: "recheck", usage: "<id>", least: 1, most: 1, shown: senders, found: "unknown ask wechat again 再次查询 未知", do: (*Desk).recheck},
		{verb: "settle", usage: `<id> issued <coupon_id> | <id> refused "<why>"`, least: 3, most: -1, free: true, needs: []Right{RightAudit},
			found: "unknown by hand end 未知 人工 了结", do: (*Desk).settle},
		{verb: "stop", usage: "<why>", least: 1, most: -1, free: true, needs: []Right{RightAdmin}, found: "red button halt emergency everything 停止 紧急 全部",
			do: (*Desk).stop},
		{verb: "start", usage: "", needs: []Right{RightAdmin}, found: "again after stop red button 恢复 开始", do: (*Desk).start},
	}
}

func commandOf(verb string) (command, bool) {
	for _, c := range table() {
		if c.verb == verb {
			return c, true
		}
	}
	return command{}, false
}

// age is how old what is known of the asker may be.
func (c command) age() time.Duration {
	if c.asks {
		return 0
	}
	return groupAge
}

func verbs() []string {
	var all []string
	for _, c := range table() {
		all = append(all, c.verb)
	}
	return all
}

// rules are the grammar's view of the table. The words after a verb that there is not are nobody's matter.
func rules(verb string) (flags []string, free bool) {
	c, ok := commandOf(verb)
	return c.flags, c.free || !ok
}

// A button is one action: how old the groups may be that are asked about its presser, and what carries it out.
type button struct {
	action string
	age    time.Duration
	do     func(d *Desk, ctx context.Context, ask Ask, value string) (Reply, error)
}

func buttons() []button {
	return []button{
		{"send.confirm", groupAge, (*Desk).confirm},
		{"send.edit", groupAge, (*Desk).edit},
		{"send.discard", groupAge, (*Desk).discard},
		{"send.approve", 0, (*Desk).approve},
		{"send.reject", 0, (*Desk).reject},
		{"send.withdraw", groupAge, onSend((*Desk).withdrawSend)},
		{"send.again", groupAge, onSend((*Desk).askAgain)},
		{"send.pause", groupAge, onSend((*Desk).pauseSend)},
		{"send.resume", groupAge, onSend((*Desk).resumeSend)},
		{"send.cancel", groupAge, onSend((*Desk).cancelSend)},
		{"send.retry", groupAge, onSend((*Desk).retrySend)},
		{"send.recheck", groupAge, onSend((*Desk).recheckSend)},
		{"campaign.start", groupAge, (*Desk).startRun},
		{"campaign.pause", groupAge, onRun("pause")},
		{"campaign.resume", groupAge, onRun("resume")},
		{"campaign.cancel", groupAge, onRun("cancel")},
		{"campaign.retry", groupAge, onRun("retry")},
		{"schedule.save", groupAge, onSchedule((*Desk).saveSchedule)},
		{"schedule.run", groupAge, onSchedule((*Desk).runNow)},
		{"schedule.skip", groupAge, onSchedule((*Desk).skipPressed)},
		{"schedule.off", groupAge, onSchedule((*Desk).offPressed)},
		{"settle.confirm", 0, (*Desk).confirmSettle},
		{"stop.confirm", groupAge, (*Desk).confirmStop},
		{"start.confirm", 0, (*Desk).confirmStart},
	}
}

// Actions are the action_ids that Press carries out.
func Actions() []string {
	var all []string
	for _, b := range buttons() {
		all = append(all, b.action)
	}
	return all
}

// onSend makes a button of what a verb does to a send: a drawing of other contents, or of a state that has passed, is
// drawn again and nothing else.
func onSend(do func(*Desk, context.Context, Ask, store.Send) (Reply, error)) func(*Desk, context.Context, Ask, string) (Reply, error) {
	return func(d *Desk, ctx context.Context, ask Ask, value string) (Reply, error) {
		id, revision, ok := parseSend(value)
		if !ok {
			return Redrawn{}, nil
		}
		s, err := d.sendOf(ctx, id)
		if err != nil {
			return nil, err
		}
		if s.Revision != revision {
			return Redrawn{Subject: store.SendName(id)}, nil
		}
		reply, err := do(d, ctx, ask, s)
		if refusal, ok := refused(err); ok && (refusal.Code == WrongState || refusal.Code == NotWaiting) {
			return Redrawn{Subject: store.SendName(id)}, nil
		}
		return reply, err
	}
}
