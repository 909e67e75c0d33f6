package commands

import "strings"

// nearest is the word of known that a person most likely meant; "" when none is close: the only one that begins with
// these three letters or more, or else one within one slip, two from six letters on.
func nearest(word string, known []string) string {
	best, begin := "", 0
	for _, k := range known {
		if len(word) >= 3 && strings.HasPrefix(k, word) {
			best, begin = k, begin+1
		}
	}
	if begin == 1 {
		return best
	}
	best, least := "", 3
	if len([]rune(word)) < 6 {
		least = 2
	}
	for _, k := range known {
		if d := Slips(word, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// Slips counts the letters to add, drop, change or swap with their neighbour to make b of a; words much longer than
// any of ours are as good as different.
func Slips(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return max(len(x), len(y))
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			change := rows[i-1][j-1]
			if x[i-1] != y[j-1] {
				change++
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
