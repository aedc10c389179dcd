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
	every facts in [{}, {"path": {"ambiguities": []}}] {
		raw := {"parsed_path": ["a"], "attributes": {"request": {"http": {"path": "/a"}}}}
		not paths.segments(object.union(raw, facts))
	}
}

test_templates_fit_segment_by_segment if {
	table := [
		[["orders", "{order}"], ["orders", "7"], {"order": "7"}],
		[["orders"], ["orders"], {}],
		[[], [], {}],
		[["a", "{b}", "c", "{d}"], ["a", "1", "c", "2"], {"b": "1", "d": "2"}],
		[["files", "**"], ["files", "a"], {}],
		[["{area}", "**"], ["x", "a", "b"], {"area": "x"}],
		[["orders", "{order:[0-9]{1,3}}"], ["orders", "777"], {"order": "777"}],
		[["{mail:[a-z]+@[a-z.]+}"], ["a@b.example"], {"mail": "a@b.example"}],
		[["{way:a|b}"], ["b"], {"way": "b"}],
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

test_parameters_take_only_what_fits_their_pattern if {
	table := [
		["{order:[0-9]{1,3}}", ["", "7777", "7a", "a7", "7\n", "７", " 7", "export"]],
		["{way:a|b}", ["ab", "aa", "bb", "A"]],
		["{order:^[0-9]$}", ["77", "a"]],
		["{order:[}", ["7", "["]],
		["{order:}", ["7"]],
		["{order:.*}", [concat("", [sprintf("%0128d", [7]), "7"])]],
	]
	every row in table {
		every segment in row[1] {
			not paths.captures(["orders", row[0]], ["orders", segment])
		}
	}
}

test_parameters_without_a_pattern_take_plain_names if {
	every segment in ["7", "export", "Red_shoes-7", sprintf("%0128d", [7])] {
		paths.captures(["{order}"], [segment]) == {"order": segment}
	}
	every segment in ["export.json", "export;x", "ｅxport", "é", "a b", "a~", "{order}", sprintf("%0129d", [7])] {
		not paths.captures(["{order}"], [segment])
	}
}

test_what_is_no_template_fits_nothing if {
	every template in [null, "a", "**", {"a": "a"}, {"a"}, 1, [null], [["a"]], [{"a": "a"}]] {
		not paths.captures(template, ["a"])
		not paths.captures(template, [null])
	}
}

test_variants_of_a_sibling_s_words_are_not_values if {
	siblings := [["orders", "export"], ["orders", "{order}"], ["orders", "Import", "all"], ["files", "**"]]
	open_template := ["orders", "{order:.+}"]
	every segment in ["export", "EXPORT", "Export", "export.json", "eXport;x", "export~", "ｅxport", "expört"] {
		paths.lookalike(open_template, ["orders", segment], siblings)
		paths.lookalike(["orders", "**"], ["orders", segment], siblings)
	}
	every segment in ["7", "exports", "export-7", "export_", "all", "import"] {
		not paths.lookalike(open_template, ["orders", segment], siblings)
	}
	paths.lookalike(["orders", "{order:.+}", "all"], ["orders", "import", "all"], siblings)
	paths.lookalike(["orders", "**"], ["orders", "IMPORT", "All.txt"], siblings)
	not paths.lookalike(["orders", "**"], ["orders", "IMPORT", "7"], siblings)
	not paths.lookalike(["orders", "{order}"], ["orders", "export"], [["customers", "export"]])
	not paths.lookalike(["orders", "export"], ["orders", "export"], siblings)
	paths.lookalike(["{a}", "b", "c"], ["Files", "b", "c"], siblings)
	not paths.lookalike(["files", "{a}"], ["files", "7"], siblings)
}

test_overlapping_templates_are_found if {
	paths.overlap(["orders", "{order}"], ["{any:[a-z]+}", "{other:[0-9]+}"])
	not paths.overlap(["orders", "{order:[0-9]+}"], ["orders", "export"])
	paths.overlap(["orders", "{order}"], ["orders", "export"])
	paths.overlap(["orders", "export"], ["{any}", "export"])
	not paths.overlap(["orders", "{order}"], ["orders"])
	not paths.overlap(["orders", "{order}"], ["products", "{product}"])
}
