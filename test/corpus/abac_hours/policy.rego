# Records may be opened at work during the day, by their own doctor at any time, and never above one's clearance.
package corpus.abac_hours

default allow := false

# METADATA
# entrypoint: true
allow if {
	cleared
	working_hours
	input.subject.department == input.record.department
}

allow if {
	cleared
	input.subject.id == input.record.doctor
}

allow if {
	input.emergency.declared == true
	count(input.emergency.reason) > 10
}

cleared if input.subject.clearance >= data.abac_hours.levels[input.record.class]

working_hours if {
	now := time.now_ns()
	not time.weekday([now, data.abac_hours.zone]) in {"Saturday", "Sunday"}
	[hour, _, _] := time.clock([now, data.abac_hours.zone])
	hour >= 8
	hour < 18
}
