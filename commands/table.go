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
	found string   // more words that help finds it by
	do    func(*Desk, context.Context, asked) (Reply, error)
}

// table is the grammar, the help and the dispatcher.
func table() []command {
	senders := []Right{RightSend, RightCampaign, RightAdmin}
	return []command{
		{verb: "help", usage: "[word]", most: -1, free: true, found: "? how what can i do 帮助 怎么 用法", do: (*Desk).help},
		{verb: "send", usage: `<stock> <openid>... [--reason r] [--ticket t] [--note "…"] [--value 5.00 --minimum 10.00]`, least: 2, most: -1,
			flags: []string{"reason", "ticket", "note", "value", "minimum"}, needs: []Right{RightSend},
			found: "give issue coupon voucher money customer openid stock 发放 发券 代金券 优惠券 客户 批次", do: (*Desk).send},
		{verb: "status", usage: "<id>", least: 1, most: 1, found: "state show look who why progress 状态 查看 进度 查询", do: (*Desk).status},
		{verb: "who", usage: "<openid>", least: 1, most: 1, free: true, needs: []Right{RightSend, RightAudit},
			found: "person history had used before limits month 谁 历史 记录 核销", do: (*Desk).who},
		{verb: "find", usage: "<text>", least: 1, most: -1, free: true, needs: []Right{RightSend, RightAudit},
			found: "search look ticket openid person stock id coupon number out_request_no 查找 搜索 工单 单号", do: (*Desk).find},
		{verb: "mine", usage: "", found: "my own sends limits waiting left 我的 记录 限额 等待", do: (*Desk).own},
		{verb: "stocks", usage: "", needs: []Right{RightSend, RightCampaign, RightAudit}, found: "list budget left window 批次 余额 预算 剩余", do: (*Desk).stocks},
		{verb: "stock", usage: "<stock>", least: 1, most: 1, free: true, needs: []Right{RightSend, RightCampaign, RightAudit},
			found: "budget left today window state 批次 余额 预算 剩余 今日", do: (*Desk).oneStock},
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
		{"send.pause", groupAge, onSend((*Desk).pauseSend)},
		{"send.resume", groupAge, onSend((*Desk).resumeSend)},
		{"send.cancel", groupAge, onSend((*Desk).cancelSend)},
		{"send.retry", groupAge, onSend((*Desk).retrySend)},
		{"send.recheck", groupAge, onSend((*Desk).recheckSend)},
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
		if refusal, ok := refused(err); ok && refusal.Code == WrongState {
			return Redrawn{Subject: store.SendName(id)}, nil
		}
		return reply, err
	}
}
