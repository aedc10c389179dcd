package lib.hours_test

import data.lib.hours

berlin := {
	"timezone": "Europe/Berlin",
	"days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
	"opens": "08:30",
	"closes": "18:00",
	"holidays": ["2026-12-25"],
}

test_an_office_is_open_from_opening_until_just_before_closing if {
	table := {
		"2026-11-25T07:29:59.999Z": false,
		"2026-11-25T07:30:00Z": true,
		"2026-11-25T16:59:59.999Z": true,
		"2026-11-25T17:00:00Z": false,
		"2026-07-01T06:29:59Z": false,
		"2026-07-01T06:30:00Z": true,
		"2026-11-28T10:00:00Z": false,
		"2026-11-29T10:00:00Z": false,
		"2026-12-25T10:00:00Z": false,
		"2026-12-24T10:00:00Z": true,
	}
	every at, expected in table {
		is_open(berlin, time.parse_rfc3339_ns(at)) == expected
	}
}

default is_open(_, _) := false

is_open(calendar, now) if hours.open(calendar, now)

test_a_day_ends_at_24_00_and_hours_are_what_clocks_show_when_they_are_changed if {
	late := object.union(berlin, {"days": ["Sunday"], "opens": "02:30", "closes": "24:00"})
	table := {
		"2026-03-29T00:59:59.999Z": false,
		"2026-03-29T01:00:00Z": true,
		"2026-10-25T00:29:59.999Z": false,
		"2026-10-25T00:30:00Z": true,
		"2026-10-25T01:00:00Z": false,
		"2026-10-25T01:30:00Z": true,
		"2026-10-25T22:59:59.999Z": true,
		"2026-10-25T23:00:00Z": false,
	}
	every at, expected in table {
		is_open(late, time.parse_rfc3339_ns(at)) == expected
	}
}

test_a_day_is_that_of_the_office if {
	auckland := object.union(berlin, {"timezone": "Pacific/Auckland", "days": ["Monday"]})
	is_open(auckland, time.parse_rfc3339_ns("2026-11-22T20:00:00Z"))
	not hours.open(auckland, time.parse_rfc3339_ns("2026-11-23T20:00:00Z"))
}

test_calendars_that_are_not_whole_are_never_open if {
	now := time.parse_rfc3339_ns("2026-11-25T10:00:00Z")
	hours.open(object.remove(berlin, ["holidays"]), now)
	every key in ["timezone", "days", "opens", "closes"] {
		not hours.open(object.remove(berlin, [key]), now)
	}
	not hours.open(object.union(berlin, {"timezone": "Mars/Olympus"}), now)
	not hours.open(object.union(berlin, {"holiday": "2026-11-25"}), now)
	not hours.open(object.union(berlin, {"opens": 830}), now)
	not hours.open(object.union(berlin, {"closes": 1800}), now)
}

test_calendars_that_cannot_be_read_are_never_open if {
	at_noon := time.parse_rfc3339_ns("2026-11-25T11:00:00Z")
	hours.open(object.union(berlin, {"opens": "00:00", "closes": "24:00"}), at_noon)
	faults := {
		"opens": ["", "8:30", "08:30:00", "8am", "24:00", "19:00", null, 8, ["08:30"], {}],
		"closes": ["", "9:00", "6pm", "18", "18.00", "25:00", "08:30", null, 18, ["18:00"], {}],
		"days": [null, "Wednesday", [], {"a": "Wednesday"}, ["Wednesday", "monday"], ["Wednesday", null], 3],
		"holidays": [
			null,
			"2026-12-25",
			{"a": "2026-12-25"},
			["2026-12-25T00:00:00Z"],
			["25.12.2026"],
			["2026-12-32"],
			["2026-2-1"],
			[null],
			[["2026-12-25"]],
			20261225,
		],
		"timezone": [null, "", "Local", "CEST+1", ["Europe/Berlin"], 1],
	}
	every key, values in faults {
		every value in values {
			not hours.open(json.patch(berlin, [{"op": "add", "path": [key], "value": value}]), at_noon)
		}
	}
	every calendar in [null, "always", [], 7, true] {
		not hours.open(calendar, at_noon)
	}
}

once := {"from": "2026-11-27T00:00:00Z", "until": "2026-12-01T00:00:00Z"}

weekly := {"day": "Sunday", "from": "02:00", "until": "04:00", "timezone": "Europe/Berlin"}

test_windows_end_before_their_end if {
	table := [
		[once, "2026-11-26T23:59:59.999Z", false],
		[once, "2026-11-27T00:00:00Z", true],
		[once, "2026-11-30T23:59:59.999Z", true],
		[once, "2026-12-01T00:00:00Z", false],
		[weekly, "2026-11-22T00:59:59.999Z", false],
		[weekly, "2026-11-22T01:00:00Z", true],
		[weekly, "2026-11-22T02:59:59.999Z", true],
		[weekly, "2026-11-22T03:00:00Z", false],
		[weekly, "2026-11-23T01:30:00Z", false],
	]
	every row in table {
		on([row[0]], row[1]) == row[2]
	}
}

default on(_, _) := false

on(windows, at) if {
	hours.any_on(windows) with time.now_ns as time.parse_rfc3339_ns(at)
}

test_a_window_that_cannot_be_read_is_always_on if {
	every window in [
		{},
		{"from": "2026-11-27T00:00:00Z"},
		{"from": "2026-11-27", "until": "2026-11-28"},
		{"from": "2026-12-01T00:00:00Z", "until": "2026-11-27T00:00:00Z"},
		object.union(once, {"to": "2026-12-02T00:00:00Z"}),
		object.union(weekly, {"day": "sunday"}),
		object.union(weekly, {"from": 120}),
		object.union(weekly, {"from": "2:00"}),
		object.union(weekly, {"from": "23:00"}),
		object.union(weekly, {"timezone": "Mars/Olympus"}),
		object.union(weekly, {"timezone": ""}),
		object.union(weekly, {"timezone": "Local"}),
		object.union(weekly, {"weeks": "even"}),
		object.union(weekly, {"day": null}),
		object.union(weekly, {"until": ["04:00"]}),
		object.union(weekly, {"until": "24:30"}),
		object.remove(weekly, ["timezone"]),
	] {
		on([window], "2020-01-01T12:00:00Z")
	}
	not on([object.union(weekly, {"until": "24:00"})], "2020-01-01T12:00:00Z")
}

test_a_list_of_windows_that_is_none_is_always_on if {
	every windows in [null, false, "Sunday", 7, {}, {"a": weekly}] {
		on(windows, "2020-01-01T12:00:00Z")
	}
	every window in [null, "Sunday", 7, [], ["02:00", "04:00"]] {
		on([window], "2020-01-01T12:00:00Z")
	}
}

test_one_of_several_windows_is_enough if {
	on([weekly, once], "2026-11-27T00:00:00Z")
	not hours.any_on([])
	not on([weekly, once], "2026-11-25T00:00:00Z")
}
