package bot_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"time"
)

// manyCustomers is how many customers the story of the power cuts has; COUPONBOT_TEST_CROWD names more for a long one.
func manyCustomers() (int, error) {
	if n := os.Getenv("COUPONBOT_TEST_CROWD"); n != "" {
		return strconv.Atoi(n)
	}
	return 600, nil
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
