package bot_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed is the architecture: what each package may import of ours. Imports point one way, and this is where a new
// package or a new arrow is argued.
var allowed = map[string][]string{
	"couponbot":                    nil, // main wires everything
	"couponbot/bot":                {"couponbot/commands", "couponbot/store", "couponbot/bot/views"},
	"couponbot/bot/config":         {"couponbot/bot", "couponbot/commands", "couponbot/commands/issuing", "couponbot/commands/wechatpay", "couponbot/schedules", "couponbot/store"},
	"couponbot/bot/views":          {"couponbot/commands", "couponbot/commands/lists", "couponbot/store"},
	"couponbot/bot/sandbox":        {},
	"couponbot/commands":           {"couponbot/store", "couponbot/commands/wechatpay"},
	"couponbot/commands/importing": {"couponbot/store", "couponbot/commands/lists"},
	"couponbot/commands/lists":     {},
	"couponbot/commands/operate":   {"couponbot/store", "couponbot/commands/importing", "couponbot/commands/lists"},
	"couponbot/commands/issuing":   {"couponbot/store", "couponbot/commands/wechatpay"},
	"couponbot/commands/wechatpay": {},
	"couponbot/store":              {},
	"couponbot/store/storetest":    {"couponbot/store"}, // imported by tests only
	"couponbot/schedules":          {"couponbot/commands", "couponbot/store"},
}

// owners are the only importers of what the outside world is made of.
var owners = map[string][]string{
	"github.com/wechatpay-apiv3/wechatpay-go": {"couponbot/commands/wechatpay"},
	"github.com/slack-go/slack":               {"couponbot/bot", "couponbot/bot/views"},
	"github.com/robfig/cron":                  {"couponbot/schedules"},
	"modernc.org/sqlite":                      {"couponbot/store"},
	"github.com/jackc/pgx":                    {"couponbot/store"},
	"github.com/alecthomas/kong":              {"couponbot"},
	"github.com/goccy/go-yaml":                {"couponbot/bot/config", "couponbot/bot/views"},
	"github.com/prometheus/client_golang":     {"couponbot/commands/operate"},
	"github.com/gorilla/websocket":            {"couponbot/bot", "couponbot/bot/sandbox"},
	"github.com/xuri/excelize":                {"couponbot/commands/lists"},
	"database/sql":                            {"couponbot/store", "couponbot/store/storetest"},
}

func TestImports(t *testing.T) {
	list := exec.Command("go", "list", "-json=ImportPath,Imports", "couponbot/...")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		seen++
		check(t, p.ImportPath, p.Imports)
	}
	if seen != len(allowed) {
		t.Errorf("%d packages, %d in the table: take away what is gone", seen, len(allowed))
	}
}

func check(t *testing.T, path string, imports []string) {
	of, known := allowed[path]
	if !known {
		t.Errorf("%s is not in the table: does it need a package of its own?", path)
		return
	}
	for _, i := range imports {
		if strings.HasPrefix(i, "couponbot/") {
			if path != "couponbot" && !slices.Contains(of, i) {
				t.Errorf("%s may not import %s", path, i)
			}
			if i == "couponbot/bot/config" && path != "couponbot" || i == "couponbot/store/storetest" {
				t.Errorf("%s may not import %s", path, i)
			}
			continue
		}
		for owned, by := range owners {
			if (i == owned || strings.HasPrefix(i, owned+"/")) && !slices.Contains(by, path) {
				t.Errorf("%s may not import %s: that is for %s", path, i, strings.Join(by, ", "))
			}
		}
	}
}
