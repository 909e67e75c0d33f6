package schedules

import (
	"regexp"
	"strconv"
	"strings"
)

// wordKind is what a word does in the text of a window.
type wordKind int

const (
	unknownWord wordKind = iota
	fillerWord
	timeWord
	dayWord
	throughWord // from one time or day to another
	andWord     // the same between two times; else filler
	notWord     // the days from here on are left out
)

// windowToken is one word of a text in small letters, at its beginning.
var windowToken = regexp.MustCompile(`^(?:\d{1,2}:\d{2}|[a-z]+|(?:周|星期|礼拜)(?:末|天|[一二三四五六日]+)|[一二三四五六日天]|` +
	`不包括|不含|不在|除了|除|每天|每日|工作日|以外|之外|之间|外|在|至|到|和|仅|[-~,])`)

var windowWords = byWord(map[wordKind]string{
	fillerWord:  "between from on only , 在 仅 之间 以外 之外 外",
	throughWord: "- ~ to through until 至 到",
	andWord:     "and 和",
	notWord:     "not except 不包括 不含 不在 除了 除",
})

var dayWords = byWord(map[Weekdays]string{
	workdays: "weekday weekdays 工作日",
	weekend:  "weekend weekends 周末 星期末 礼拜末",
	allDays:  "daily 每天 每日",
	1 << 0:   "sun sunday sundays",
	1 << 1:   "mon monday mondays",
	1 << 2:   "tue tues tuesday tuesdays",
	1 << 3:   "wed wednesday wednesdays",
	1 << 4:   "thu thur thurs thursday thursdays",
	1 << 5:   "fri friday fridays",
	1 << 6:   "sat saturday saturdays",
})

// byWord turns a table of meanings and their words around.
func byWord[T comparable](table map[T]string) map[string]T {
	words := map[string]T{}
	for meaning, all := range table {
		for word := range strings.FieldsSeq(all) {
			words[word] = meaning
		}
	}
	return words
}

// kindOf is what a word does.
func kindOf(word string) wordKind {
	switch kind := windowWords[word]; {
	case kind != unknownWord:
		return kind
	case word[0] >= '0' && word[0] <= '9':
		return timeWord
	case daysOf(word) != 0:
		return dayWord
	}
	return unknownWord
}

// daysOf are the days that a word names; none when it names no day.
func daysOf(word string) Weekdays {
	if days := dayWords[word]; days != 0 {
		return days
	}
	for _, prefix := range []string{"周", "星期", "礼拜"} {
		word = strings.TrimPrefix(word, prefix)
	}
	var days Weekdays
	for _, r := range strings.ReplaceAll(word, "天", "日") {
		n := strings.IndexRune("日一二三四五六", r)
		if n < 0 {
			return 0
		}
		days |= 1 << (n / len("日"))
	}
	return days
}

// bareDay tells whether a word is a day's number alone, which only the end of a range may be: 周一至五.
func bareDay(word string) bool { return strings.Contains("一二三四五六日天", word) }

// minuteOf reads a time of the day, up to 24:00.
func minuteOf(word string) (int, bool) {
	hours, minutes, _ := strings.Cut(word, ":")
	h, err := strconv.Atoi(hours)
	m, bad := strconv.Atoi(minutes)
	return h*60 + m, err == nil && bad == nil && m < 60 && h*60+m <= wholeDay
}
