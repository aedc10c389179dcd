# A firewall: the first rule that fits decides.
package corpus.else_chain

# METADATA
# entrypoint: true
verdict := "drop" if {
	input.packet.flags.malformed
} else := "accept" if {
	input.packet.dst_port in {22, 443}
	input.zone == "trusted"
} else := "limit" if {
	input.packet.dst_port == 443
} else := action if {
	action := data.else_chain.ports[format_int(input.packet.dst_port, 10)]
} else := "drop"

# METADATA
# entrypoint: true
logged if {
	verdict == "drop"
	not input.packet.quiet
}
