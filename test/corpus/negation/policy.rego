# A chat: who may post where, mostly by what is not the case.
package corpus.negation

# METADATA
# entrypoint: true
default post := false

post if {
	not banned
	not muted
	not archived
	not too_fast
}

banned if input.user.id in data.negation.banned

muted if {
	input.user.id in input.channel.muted
	not moderator
}

moderator if input.channel.moderators[input.user.id]

archived if input.channel.archived != false

too_fast if {
	not moderator
	count(input.recent) >= data.negation.per_minute
	not input.channel.slow == false
}
