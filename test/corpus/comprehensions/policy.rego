# A report over a shift plan: who works too much, too close together, or without a second person.
package corpus.comprehensions

# METADATA
# entrypoint: true
ok if {
	count(tired) == 0
	count(alone) == 0
	count(unknown) == 0
}

hours := {person: total |
	some person in {shift.person | some shift in input.shifts}
	total := sum([shift.hours | some shift in input.shifts; shift.person == person])
}

tired := {person | some person, total in hours; total > data.comprehensions.max[grade(person)]}

grade(person) := g if {
	g := data.comprehensions.people[person].grade
} else := "temp"

alone := {day |
	some day in {shift.day | some shift in input.shifts}
	count([1 | some shift in input.shifts; shift.day == day]) < 2
}

unknown := {shift.person | some shift in input.shifts} - object.keys(data.comprehensions.people)

# METADATA
# entrypoint: true
by_day := {day: people |
	some shift in input.shifts
	day := shift.day
	people := sort([other.person | some other in input.shifts; other.day == day])
}
