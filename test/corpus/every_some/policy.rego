# A release goes out when every service in it is ready and somebody with the right to do so has said yes.
package corpus.every_some

# METADATA
# entrypoint: true
default release := false

release if {
	count(input.services) > 0
	every service in input.services {
		service.tests.failed == 0
		some version in data.every_some.supported[service.runtime]
		version == service.version
	}
	every team, vote in input.votes {
		vote == "yes"
		team in data.every_some.teams
	}
	some person in input.approvers
	data.every_some.people[person].may_release
}

# METADATA
# entrypoint: true
unready contains name if {
	some service in input.services
	service.tests.failed != 0
	name := service.name
}
