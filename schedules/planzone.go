package schedules

import (
	_ "embed"
	"path"
	"strings"
	"time"

	"couponbot/commands"
)

// Zone names of the IANA's list, one a line: the entries of lib/time/zoneinfo.zip in Go's distribution, sorted, less
// Factory. A machine may know others (Local, right/…, posixrules), but another replica would read them differently.
//
//go:embed planzones.txt
var zoneList string

var zoneNames = strings.Fields(zoneList)

// meantZones are what people here write for the one zone of China.
var meantZones = map[string]string{
	"beijing": "Asia/Shanghai", "peking": "Asia/Shanghai", "china": "Asia/Shanghai", "cst": "Asia/Shanghai",
	"北京": "Asia/Shanghai", "上海": "Asia/Shanghai", "中国": "Asia/Shanghai",
}

// zoneOf is the zone named before an expression, or the one given with it; both must be the same one.
func zoneOf(named, given string, otherwise *time.Location) (*time.Location, error) {
	var zones []*time.Location
	for _, name := range []string{named, given} {
		if name == "" {
			continue
		}
		zone, err := zoneNamed(name)
		if err != nil {
			return nil, err
		}
		zones = append(zones, zone)
	}
	switch {
	case len(zones) == 0:
		return otherwise, nil
	case len(zones) == 2 && zones[0].String() != zones[1].String():
		return nil, &Fault{Code: TwoZones, Text: zones[0].String(), Other: zones[1].String()}
	}
	return zones[0], nil
}

// zoneNamed is a zone of the list; capitals and spaces do not matter.
func zoneNamed(name string) (*time.Location, error) {
	for _, known := range zoneNames {
		if !strings.EqualFold(known, strings.ReplaceAll(name, " ", "_")) {
			continue
		}
		if zone, err := time.LoadLocation(known); err == nil {
			return zone, nil
		}
	}
	return nil, &Fault{Code: UnknownZone, Text: name, Nearest: nearestZone(name)}
}

// nearestZone is the zone that was probably meant: the one of that city, or of one spelled almost the same. Offsets
// have none: the list's Etc/GMT+8 is eight hours behind UTC, the opposite of what people mean by GMT+8.
func nearestZone(name string) string {
	city := path.Base(strings.ToLower(strings.ReplaceAll(name, " ", "_")))
	if zone := meantZones[city]; zone != "" {
		return zone
	}
	if strings.ContainsAny(city, "0123456789") || len(city) > 30 {
		return ""
	}
	best, least := "", 1+len(city)/4
	for _, known := range zoneNames {
		if d := commands.Slips(city, path.Base(strings.ToLower(known))); d < least {
			best, least = known, d
		}
	}
	return best
}
