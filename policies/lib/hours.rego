# METADATA
# title: Hours, maintenance and freezes
# description: >-
#   Calendars and windows are data; the moment is an argument, in nanoseconds, so that only rules that need the time read
#   the clock. Ends are exclusive.
package lib.hours

# METADATA
# title: Whether an office is open
# description: >-
#   A calendar is {"timezone", "days": ["Monday", …], "opens": "08:00", "closes": "18:00", "holidays"?: ["2026-12-25"]}, all
#   in its own time zone. Quote the times: YAML 1.1 reads 08:30 as a number.
open(calendar, now_ns) if {
	count(object.keys(calendar) - {"closes", "days", "holidays", "opens", "timezone"}) == 0
	local := [now_ns, calendar.timezone]
	time.weekday(local) in calendar.days
	clock := of_day(local)
	is_string(calendar.opens)
	clock >= calendar.opens
	clock < calendar.closes
	not time.format([now_ns, calendar.timezone, "2006-01-02"]) in object.get(calendar, "holidays", [])
}

# METADATA
# title: Whether a moment is within a window
# description: >-
#   A window is {"from", "until"} in RFC 3339, or weekly {"day", "from": "02:00", "until": "04:00", "timezone"}.
within(window, now_ns) if {
	not window.day
	now_ns >= time.parse_rfc3339_ns(window.from)
	now_ns < time.parse_rfc3339_ns(window.until)
}

within(window, now_ns) if {
	local := [now_ns, window.timezone]
	time.weekday(local) == window.day
	clock := of_day(local)
	clock >= window.from
	clock < window.until
}

of_day(local) := time.format([local[0], local[1], "15:04"])

# METADATA
# title: Whether any of the windows is on
# description: >-
#   Reads the clock only when there is a window at all, so that answers without one can be cached. A window that cannot be
#   read is always on.
any_on(windows) if {
	some window in windows
	within(window, time.now_ns())
}

any_on(windows) if {
	some window in windows
	not readable(window)
}

readable(window) if {
	object.keys(window) == {"from", "until"}
	time.parse_rfc3339_ns(window.from) < time.parse_rfc3339_ns(window.until)
}

readable(window) if {
	object.keys(window) == {"day", "from", "timezone", "until"}
	window.day in {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
	every clock in [window.from, window.until] {
		regex.match(`^([01][0-9]|2[0-4]):[0-5][0-9]$`, clock)
	}
	window.from < window.until
	time.weekday([0, window.timezone])
}
