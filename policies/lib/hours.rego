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
#   in its own time zone. Quote the times: YAML 1.1 reads 08:30 as a number. A calendar that cannot be read is never open.
open(calendar, now_ns) if {
	count(object.keys(calendar) - {"closes", "days", "holidays", "opens", "timezone"}) == 0
	is_time_zone(calendar.timezone)
	is_span(calendar.opens, calendar.closes)
	are_weekdays(calendar.days)
	holidays := object.get(calendar, "holidays", [])
	are_dates(holidays)
	local := [now_ns, calendar.timezone]
	time.weekday(local) in calendar.days
	since(local, calendar.opens)
	until(local, calendar.closes)
	not time.format([now_ns, calendar.timezone, "2006-01-02"]) in holidays
}

# METADATA
# title: Whether a moment is within a window
# description: >-
#   A window is {"from", "until"} in RFC 3339, or weekly {"day", "from": "02:00", "until": "04:00", "timezone"}. False for one
#   that cannot be read; `any_on` takes such a window for one that is on.
within(window, now_ns) if {
	readable(window)
	not "day" in object.keys(window)
	now_ns >= time.parse_rfc3339_ns(window.from)
	now_ns < time.parse_rfc3339_ns(window.until)
}

within(window, now_ns) if {
	readable(window)
	local := [now_ns, window.timezone]
	time.weekday(local) == window.day
	since(local, window.from)
	until(local, window.until)
}

# Whether it is that time of the local day, or later. Moments are compared, not what clocks show: an answer that shows the
# minute holds no longer than the minute, in a cache too.
since(local, clock) if local[0] >= moment(local, clock)

# Whether it is earlier than that. All of the day is before its end, which has no moment of its own.
until(_, "24:00")

until(local, clock) if {
	clock != "24:00"
	local[0] < moment(local, clock)
}

# When local clocks show that time on this day, by the offset they have now.
moment(local, clock) := time.parse_rfc3339_ns(concat("", [
	time.format([local[0], local[1], "2006-01-02"]),
	"T",
	clock,
	":00",
	time.format([local[0], local[1], "Z07:00"]),
]))

# METADATA
# title: Whether any of the windows is on
# description: >-
#   Reads the clock only when there is a window at all, so that answers without one can be cached. A window that cannot be
#   read is always on, and so is a list of windows that is none.
any_on(windows) if {
	some window in windows
	within(window, time.now_ns())
}

any_on(windows) if {
	some window in windows
	not readable(window)
}

any_on(windows) if not is_array(windows)

readable(window) if {
	object.keys(window) == {"from", "until"}
	time.parse_rfc3339_ns(window.from) < time.parse_rfc3339_ns(window.until)
}

readable(window) if {
	object.keys(window) == {"day", "from", "timezone", "until"}
	are_weekdays([window.day])
	is_span(window.from, window.until)
	is_time_zone(window.timezone)
}

# Two times of the day, in order. They are compared as texts, so both must have exactly this form.
is_span(from, until) if {
	every clock in [from, until] {
		regex.match(`^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$`, clock)
	}
	from < until
}

are_weekdays(days) if {
	is_array(days)
	every day in days {
		day in {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
	}
}

are_dates(dates) if {
	is_array(dates)
	every date in dates {
		regex.match(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`, date)
		time.parse_rfc3339_ns(concat("", [date, "T00:00:00Z"]))
	}
}

# The empty name and `Local` are the server's own choice.
is_time_zone(name) if {
	not name in {"", "Local"}
	time.weekday([0, name])
}
