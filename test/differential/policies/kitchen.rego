# The plugin's example of gRPC bodies: a whole message compared with what it must be.
package differential.kitchen

default allow := false

allow if input.parsed_path == ["test.KitchenSink", "Ping"]

allow if {
	input.parsed_path == ["test.KitchenSink", "Exchange"]
	input.parsed_body == {
		"weight": 1.23,
		"opaqueId": "asdf",
		"calories": "101",
		"cook": {"name": "alice", "taughtBy": {"name": "bob"}},
		"course": "COURSE_MAIN",
		"photo": "AAAA",
		"ready": "2020-12-02T09:48:42.118723Z",
		"cooking": "30s",
		"parcel": {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": "Hithere"},
		"extras": {"foo": "bar"},
		"steps": ["zero", "one", "infinity"],
	}
}
