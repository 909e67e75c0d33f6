package schedules

import (
	"math/bits"
	"strings"
)

// ParseWindow reads a window in English or Chinese: "09:00-21:00", "between 09:00 and 21:00, not on weekends",
// "21:00-06:00 mon-fri", "weekdays", "9:00至21:00 周一至周五", "除周末外". "" is always. Errors are *Fault with
// BadWindow.
func ParseWindow(text string) (Window, error) {
	rest := strings.ToLower(normalised(text))
	if rest == "" {
		return Window{}, nil
	}
	r := windowReader{day: -1}
	for rest != "" {
		word := windowToken.FindString(rest)
		if word == "" || !r.take(word) {
			return Window{}, &Fault{Code: BadWindow, Text: rest}
		}
		rest = strings.TrimLeft(rest[len(word):], " ")
	}
	if w, ok := r.window(); ok {
		return w, nil
	}
	return Window{}, &Fault{Code: BadWindow, Text: text}
}

// A windowReader is what the words so far have said.
type windowReader struct {
	times   []int
	days    Weekdays // named
	without Weekdays // left out
	not     bool     // days that follow are left out
	last    wordKind
	day     int // the day that a range of days may begin with, or -1
}

// take takes the next word; false when it makes no sense there.
func (r *windowReader) take(word string) bool {
	kind := kindOf(word)
	ok := true
	switch kind {
	case unknownWord:
		return false
	case andWord:
		kind = fillerWord
		if r.last == timeWord && len(r.times) == 1 {
			kind = throughWord
		}
	case throughWord:
		ok = r.last == timeWord && len(r.times) == 1 || r.last == dayWord && r.day >= 0
	case notWord:
		ok = r.last != throughWord && !r.not
		r.not = true
	case timeWord:
		ok = r.takeTime(word)
	case dayWord:
		ok = (r.last == throughWord || !bareDay(word)) && r.takeDays(daysOf(word))
	case fillerWord:
		ok = r.last != throughWord
	}
	r.last = kind
	return ok
}

func (r *windowReader) takeTime(word string) bool {
	minute, ok := minuteOf(word)
	second := len(r.times) == 1
	r.times, r.day = append(r.times, minute), -1
	return ok && len(r.times) <= 2 && second == (r.last == throughWord)
}

// takeDays adds days, or those from the one before the "to" up to this one.
func (r *windowReader) takeDays(days Weekdays) bool {
	day := -1
	if bits.OnesCount8(uint8(days)) == 1 {
		day = bits.TrailingZeros8(uint8(days))
	}
	if r.last == throughWord {
		if r.day < 0 || day < 0 {
			return false
		}
		for d := r.day; d != day; d = (d + 1) % 7 {
			days |= 1 << d
		}
		day = -1 // a range does not go on as another
	}
	r.day = day
	if r.not {
		r.without |= days
	} else {
		r.days |= days
	}
	return true
}

// window is what all words said; false when that is nothing, or half of something.
func (r *windowReader) window() (w Window, ok bool) {
	w = Window{From: 0, To: wholeDay, Days: r.days}
	if len(r.times) == 2 {
		w.From, w.To = r.times[0], r.times[1]
	}
	if w.To == 0 {
		w.To = wholeDay
	}
	if w.Days == 0 {
		w.Days = allDays
	}
	w.Days &^= r.without
	switch {
	case r.last == throughWord, len(r.times) == 1, r.not && r.without == 0:
		return w, false
	case len(r.times) == 0 && r.days|r.without == 0, w.Days == 0, w.From == w.To, w.From == wholeDay:
		return w, false
	case w.Always():
		return Window{}, true
	}
	return w, true
}
