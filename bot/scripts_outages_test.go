package bot_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
)

// crowd sizes of the stories of the power cuts: one that is told always, and a long one.
const longCrowd = 50_000

func toldCrowd() int {
	if testing.Short() {
		return 300
	}
	return 600
}

// doOutages kills the bot at random moments and starts it again. The moments are in the story's log.
func (s *stage) doOutages(l *line) error {
	if err := l.want(1, 1); err != nil {
		return err
	}
	times, err := strconv.Atoi(l.args[0])
	if err != nil {
		return usageError("how often is a number")
	}
	for range times {
		p := s.bots["bot"]
		if p == nil || p.ended() {
			return fmt.Errorf("bot does not run")
		}
		lived := time.Duration(rand.IntN(1500)) * time.Millisecond
		time.Sleep(lived)
		p.kill()
		if err := s.gone(); err != nil {
			return err
		}
		var stats payStats
		if err := s.control("GET", "wechatpay/stats", nil, &stats); err != nil {
			return err
		}
		l.Logf("killed after %s, when %d coupons were there", lived, stats.Coupons)
		if err := s.doBot(&line{TestScript: l.TestScript, name: "bot"}); err != nil {
			return err
		}
	}
	return nil
}

// doIssued waits until WeChat Pay has issued so many coupons, by its own count.
func (s *stage) doIssued(l *line) error {
	l.args = append([]string{"all"}, l.args...)
	return s.counted(l, func() (int, error) {
		var stats payStats
		err := s.control("GET", "wechatpay/stats", nil, &stats)
		return stats.Coupons, err
	})
}
