package lib.paths_test

import data.lib.paths

facts(segments, ambiguities) := {"path": {"decoded_segments": segments, "ambiguities": ambiguities}}

test_decoded_segments_are_taken_as_they_are if {
	paths.segments(facts(["orders", "1001"], [])) == ["orders", "1001"]
	paths.segments(facts(["products", "red shoes é"], [])) == ["products", "red shoes é"]
	paths.segments(facts([""], [])) == []
	paths.segments(facts([], [])) == []
}

test_ambiguous_paths_have_no_segments if {
	every ambiguity in ["empty_segment", "dot_segment", "encoded_separator", "semicolon", "something_new"] {
		not paths.segments(facts(["orders"], [ambiguity]))
	}
}

test_segments_are_looked_at_once_more if {
	every segment in ["", ".", "..", "a/b", `a\b`, "a;b", "a%2fb", "a?b", "a#b", "a\u0000", "a\nb", "\u007f"] {
		not paths.segments(facts(["orders", segment], []))
	}
}

test_without_facts_of_the_path_there_are_no_segments if {
	every request in [{}, {"path": {}}, {"path": {"decoded_segments": ["a"]}}, {"path": {"ambiguities": []}}, null] {
		not paths.segments(request)
	}
	not paths.segments({"path": {"ambiguities": []}, "parsed_path": ["a"], "attributes": plain("/a")})
}

plain(path) := {"request": {"http": {"path": path}}}

test_other_decision_points_give_paths_without_escapes if {
	table := {
		"/orders/1001": ["orders", "1001"],
		"/orders/1001?a=/x": ["orders", "1001"],
		"/": [],
	}
	every path, expected in table {
		parsed := split(trim_left(split(path, "?")[0], "/"), "/")
		paths.segments({"attributes": plain(path), "parsed_path": parsed}) == expected
	}
}

test_other_decision_points_give_nothing_that_was_changed if {
	table := [
		["/orders%2f1001", ["orders", "1001"]],
		["//orders/1001", ["orders", "1001"]],
		["orders/1001", ["orders", "1001"]],
		["/orders/../admin", ["orders", "..", "admin"]],
		["/orders/", ["orders", ""]],
		["/orders;x", ["orders;x"]],
		["/%61", ["a"]],
	]
	every row in table {
		not paths.segments({"attributes": plain(row[0]), "parsed_path": row[1]})
	}
	not paths.segments({"attributes": plain("/orders")})
}

test_templates_fit_segment_by_segment if {
	table := [
		[["orders", "{order}"], ["orders", "7"], {"order": "7"}],
		[["orders"], ["orders"], {}],
		[[], [], {}],
		[["a", "{b}", "c", "{d}"], ["a", "1", "c", "2"], {"b": "1", "d": "2"}],
		[["files", "**"], ["files", "a"], {}],
		[["{area}", "**"], ["x", "a", "b"], {"area": "x"}],
	]
	every row in table {
		paths.captures(row[0], row[1]) == row[2]
	}
}

test_templates_do_not_fit_prefixes_and_other_segments if {
	table := [
		[["orders", "{order}"], ["orders"]],
		[["orders", "{order}"], ["orders", "7", "refund"]],
		[["orders", "{order}"], ["ordersx", "7"]],
		[["orders"], ["orders-admin"]],
		[["orders"], ["Orders"]],
		[["{order"], ["7"]],
		[["order}"], ["7"]],
		[["orders"], []],
		[[], ["orders"]],
		[["files", "**"], ["files"]],
		[["files", "**"], ["other", "a"]],
	]
	every row in table {
		not paths.captures(row[0], row[1])
	}
}

test_overlapping_templates_are_found if {
	paths.overlap(["orders", "{order}"], ["orders", "export"])
	paths.overlap(["orders", "export"], ["{any}", "export"])
	not paths.overlap(["orders", "{order}"], ["orders"])
	not paths.overlap(["orders", "{order}"], ["products", "{product}"])
}
