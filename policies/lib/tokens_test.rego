package lib.tokens_test

import data.lib.tokens

# A key of the tests alone: with it they can make any token. The keys of the other algorithms were thrown away after they
# had signed one token each, good until 2100.
private_key := {
	"kty": "EC",
	"crv": "P-256",
	"kid": "ec",
	"alg": "ES256",
	"x": "rB_-r6lXHq9Ov_Y1nrV9-pYQfevMIQhLD8go6pv-Qlw",
	"y": "S5dOaHE6l909Fu6tUQl9S8K2FlREk_p_p-o2E5vpsAg",
	"d": "X3K-CZ8CYLnxwiB533a7nfT7WazrDzoevXldYlYBvyM",
}

public_key := object.remove(private_key, ["d"])

rsa_key := {"kty": "RSA", "n": "9ws8bVBgW3oCTV9rJReq6_gcv761oBOPbozIqlC_I4Bng1SMOuQiEYbXxRIyfEHLkGg5RVe4cmO1KSltiXSvNm8P_3Y6KB4iYVIe6Er2IPNnRGgDgW0DEkF25dPlzL9t43_-W1_6lcKAIpodolKw3_qVpt796iHVppcmqEtrN70Lh7nmX7_-1JhMRyoSb9zHl8KKoGcKikRNgtrZUPyfHQi61H0zwUr--FOh-Ful4140woL0FgoXnVR2clDT1AwXcWoSCxzkKeiZ0V_DXI_rDSaFlIHYcwajqNOA62UXHymULpuY0NJhBCFvwWT-rTA_mlSH-EZOvA_GKuCuqlkP5w", "e": "AQAB", "kid": "rsa", "alg": "RS256", "use": "sig"}

rsa_token := "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lkLnRlc3QiLCJhdWQiOiJzaG9wIiwic3ViIjoiYWxpY2UiLCJleHAiOjQxMDI0NDQ4MDB9.XO4Ec_5ewyNPaCEZIgrBQhaQr67Ccub8zYwA7jlQwxLg0vc1rpNs4DOYPst-6UQqCsU_UXAh1CGkHkyudczn4UONYad0vc3NvduK2rnKJ0MzXu_SJJlvI_NIDpgTqMkvVgm7ySGAgmwJyCabhyTK74PIpd9GHOpti_WMAbB_YRlOphMPoHlnn9rV4jyIQ-4dc0lMGTLjTKjnnXeuR9V9tD5hTVAPwyv-NgzDNkrygS8X8aeRRqjErZOWABdXDMGUrBPcNuRdYWBf4HczCV7lgrUKZT5VeWX4TpljKGwTDbl0i2cPVooWNYE8L4W8mWp5-JqJZClXV1qCRBK_BRA71w"

ed_key := {"kty": "OKP", "crv": "Ed25519", "x": "P579XjZr2crNjPg8ue1LstK_dd7ElY7iagLViSERvKc", "kid": "ed", "alg": "EdDSA", "use": "sig"}

ed_token := "eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lkLnRlc3QiLCJhdWQiOiJzaG9wIiwic3ViIjoiYWxpY2UiLCJleHAiOjQxMDI0NDQ4MDB9.uD6eRRNiNzEPo7yB76TWQLPD828SWg3c-1tJB1SedVX3LFMEWZC8pOfWw2YYBILtrSQ7BagTKEjqRVfW6AcCAw"

pss_key := {"kty": "RSA", "n": "rUFpjqEUcsq2X-Tqxot1Zil1qdZfvohV4kjxtS2yCtgEnexAVeUCeg9bgd-APny09MUJTenVikYUkXCqdMyEa2SgdFAerGoQraJ58V2oV5_5MuZU32BYMYWBlThq-pbx6appCwbRk7FWcf0FGRSzLsaRwef5fvsxPt1-8Kg5uzoZSvIHnhSTU3-TSU-MeQCyaXmVDrKle1zVsYfbVliD631VaULZ4EZ8MH9124xnp69ZBGIrGCcGmeq4kWXvvdttIsC_rX-6mZNWX-onq-I5jMK-ZMPzjei_dSzaWtR5xz1nhHSXO7s8SpQLox6Z1IiiB8YC5swyEFyrIrVKMJY6EQ", "e": "AQAB", "kid": "pss", "alg": "PS256", "use": "sig"}

pss_token := "eyJhbGciOiJQUzI1NiIsImtpZCI6InBzcyJ9.eyJpc3MiOiJodHRwczovL2lkLnRlc3QiLCJhdWQiOiJzaG9wIiwic3ViIjoiYWxpY2UiLCJleHAiOjQxMDI0NDQ4MDB9.ptQOSV0Em8kzBSNZLx2_h2tdbQzGqlXk_j9qsgA0D6JD1ZWST4kdO5ADotxwjI1Sg85FG_Mi8IdPS5bu1P8bkRuT002fHufjPCqJ-ujAi84JtOiv-iXoU3Cxd-ZSn-F0mbE6gRq5q6iDYCeQ2rn1igAC1YUMItknYiLsIJfbINAnxbMuVdUmiIHrb-vmUgMHpzMR-ztOo0IZHBC8kaq5IV2m1l4BoL_4mqDev-K9-CotbqsDwP6CQoqlaHVQA-mIjd_Mgg_-2UIUJlebl_0JqeBcUsmZRCXhWqnpS6aVzvyQ7yCgdpIJJPApaUhJZEDVI10UtVPidVZy46eWrQQGVw"

issuer := {
	"audiences": ["shop", "shop-admin"],
	"leeway_seconds": 30,
	"jwks": {"keys": [public_key, rsa_key, ed_key, pss_key]},
}

issuers := {"https://id.test": issuer, "https://other.test": object.union(issuer, {"jwks": {"keys": []}})}

payload := {"iss": "https://id.test", "aud": "shop", "sub": "alice", "exp": 4102444800}

signed(claims, header) := io.jwt.encode_sign(
	object.union({"alg": "ES256", "kid": "ec"}, header),
	claims,
	object.remove(private_key, ["kid", "alg"]),
)

token(overrides) := signed(object.union(payload, overrides), {})

with_issuer(changes) := {"https://id.test": object.union(issuer, changes)}

# Header

test_bearer_reads_one_token if {
	tokens.bearer("Bearer a.b.c") == "a.b.c"
	tokens.bearer("bearer a.b.c") == "a.b.c"
}

test_bearer_reads_nothing_else if {
	every header in ["", "Bearer", "Bearer ", "Basic abc", "a.b.c", "Bearer a b", "Bearer  a", " Bearer a", 1, null] {
		not tokens.bearer(header)
	}
}

# Algorithms

test_each_algorithm_is_accepted_from_its_key if {
	every text in [token({}), rsa_token, ed_token] {
		tokens.claims(text, issuers) == payload
	}
}

test_other_algorithms_are_not_accepted if {
	not tokens.claims(pss_token, issuers)
	tokens.problem(pss_token, issuers) == "the token names no key of its issuer, or another algorithm than the key's"
}

test_a_key_is_good_for_its_own_algorithm_only if {
	every changed in [
		object.union(rsa_key, {"alg": "PS256"}),
		object.union(rsa_key, {"alg": "ES256"}),
		object.union(rsa_key, {"alg": "HS256"}),
		object.remove(rsa_key, ["alg"]),
		object.union(rsa_key, {"use": "enc"}),
		object.union(rsa_key, {"kid": "other"}),
		object.union(rsa_key, {"d": "AQAB"}),
	] {
		not tokens.claims(rsa_token, with_issuer({"jwks": {"keys": [changed]}}))
	}
	tokens.claims(rsa_token, with_issuer({"jwks": {"keys": [object.remove(rsa_key, ["use"])]}}))
}

test_a_public_key_is_never_taken_for_a_secret if {
	secret := {"kty": "oct", "k": base64url.encode_no_pad(json.marshal(rsa_key))}
	every kid in ["rsa", "ec", "oct"] {
		forged := io.jwt.encode_sign({"alg": "HS256", "kid": kid}, payload, secret)
		not tokens.claims(forged, issuers)
		tokens.problem(forged, issuers) == "the token names no key of its issuer, or another algorithm than the key's"
		not tokens.claims(forged, with_issuer({"jwks": {"keys": [object.union(secret, {"kid": kid, "alg": "HS256"})]}}))
	}
}

test_unsigned_tokens_are_not_accepted if {
	header := base64url.encode_no_pad(`{"alg":"none","kid":"ec"}`)
	not tokens.claims(concat(".", [header, base64url.encode_no_pad(json.marshal(payload)), ""]), issuers)
}

# Keys

test_a_token_names_its_key if {
	not tokens.claims(signed(payload, {"kid": ""}), issuers)
	not tokens.claims(signed(payload, {"kid": "rsa"}), issuers)
	not tokens.claims(signed(payload, {"kid": "unknown"}), issuers)
	not tokens.claims(io.jwt.encode_sign({"alg": "ES256"}, payload, private_key), issuers)
}

test_a_key_without_an_id_is_none if {
	every nameless in [object.union(public_key, {"kid": ""}), object.remove(public_key, ["kid"])] {
		not tokens.claims(signed(payload, {"kid": ""}), with_issuer({"jwks": {"keys": [nameless]}}))
	}
}

test_a_private_key_in_the_data_is_none if {
	not tokens.claims(token({}), with_issuer({"jwks": {"keys": [private_key]}}))
}

test_two_keys_with_one_id_are_none if {
	not tokens.claims(token({}), with_issuer({"jwks": {"keys": [public_key, public_key]}}))
}

test_a_signature_must_hold if {
	[head, body, signature] := split(token({}), ".")
	other := base64url.encode_no_pad(json.marshal(object.union(payload, {"sub": "mallory"})))
	changed := concat(".", [head, other, signature])
	not tokens.claims(changed, issuers)
	tokens.problem(changed, issuers) == "the token's signature does not hold, or it never expires"
	body != other
}

# Issuer and audience

test_the_issuer_must_be_known if {
	every iss in ["https://evil.test", "", null, 1] {
		text := token({"iss": iss})
		not tokens.claims(text, issuers)
		tokens.problem(text, issuers) == "the token is of an issuer that is not known"
	}
	not tokens.claims(signed(object.remove(payload, ["iss"]), {}), issuers)
}

test_an_issuer_with_an_unknown_word_is_not_used if {
	misspelt := with_issuer({"max_lifetime": 600})
	not tokens.claims(token({}), misspelt)
	tokens.problem(token({}), misspelt) == "the issuer's entry has a word that is not known"
}

test_keys_of_one_issuer_do_not_sign_for_another if {
	not tokens.claims(token({"iss": "https://other.test"}), issuers)
}

test_the_audience_must_be_ours if {
	every aud in ["bank", "", null, 1, [], ["bank"]] {
		text := token({"aud": aud})
		not tokens.claims(text, issuers)
		tokens.problem(text, issuers) == "the token is for another audience"
	}
	not tokens.claims(signed(object.remove(payload, ["aud"]), {}), issuers)
}

test_one_of_several_audiences_is_enough if {
	every aud in ["shop-admin", ["shop"], ["bank", "shop-admin"], ["shop", "shop-admin"]] {
		tokens.claims(token({"aud": aud}), issuers)
	}
}

# Time. Verification without leeway reads the real clock, so the tests stand far in the past or use vectors.yaml.

at(text, seconds, trusted) if {
	tokens.claims(text, trusted) with time.now_ns as seconds * 1000000000
}

test_a_token_past_its_time_is_accepted_within_the_leeway if {
	expired := token({"exp": 1000000000})
	at(expired, 1000000029, issuers)
	not at(expired, 1000000030, issuers)
	not at(expired, 1000000031, issuers)
	not at(expired, 1000000000, with_issuer({"leeway_seconds": 0}))
	not at(expired, 1000000000, {"https://id.test": object.remove(issuer, ["leeway_seconds"])})
}

test_a_token_ahead_of_its_time_is_accepted_within_the_leeway if {
	ahead := token({"nbf": 4000000000, "exp": 4000000600})
	at(ahead, 3999999970, issuers)
	not at(ahead, 3999999969, issuers)
	not at(ahead, 4000000630, issuers)
	not at(ahead, 3999999970, with_issuer({"leeway_seconds": 0}))
}

test_leeway_makes_up_for_nothing_but_time if {
	late := {"exp": 1000000000}
	not at(token(object.union(late, {"aud": "bank"})), 1000000001, issuers)
	not at(token(object.union(late, {"nbf": 1000000001})), 1000000001, issuers)
	not at(token(object.union(late, {"sub": ""})), 1000000001, issuers)
}

test_a_token_past_its_time_is_told_apart if {
	tokens.problem(token({"exp": 1000000000}), issuers) == "the token is past its time or ahead of it"
	tokens.problem(token({"nbf": 4000000000}), issuers) == "the token is past its time or ahead of it"
}

# What a token must hold

test_a_token_has_a_subject_and_an_end if {
	every claims in [
		object.remove(payload, ["exp"]),
		object.remove(payload, ["sub"]),
		object.union(payload, {"exp": "4102444800"}),
		object.union(payload, {"exp": null}),
		object.union(payload, {"sub": ""}),
		object.union(payload, {"sub": 7}),
		object.union(payload, {"nbf": "0"}),
	] {
		not tokens.claims(signed(claims, {}), issuers)
	}
	tokens.problem(token({"sub": ""}), issuers) == "the token lacks what its issuer's tokens must have"
}

test_a_token_bound_to_a_key_is_no_bearer_token if {
	not tokens.claims(token({"cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}), issuers)
	not tokens.claims(token({"cnf": {}}), issuers)
}

test_headers_that_change_what_a_token_means if {
	not tokens.claims(signed(payload, {"crit": ["b64"], "b64": false}), issuers)
	not tokens.claims(signed(payload, {"cty": "JWT"}), issuers)
}

test_texts_that_are_no_tokens if {
	every text in ["", "x", "a.b.c", "a.b", 42, null, {}, "e30.e30.e30"] {
		not tokens.claims(text, issuers)
	}
	tokens.problem("x", issuers) == "the token cannot be read"
}

test_an_issuer_may_want_a_type if {
	typed := with_issuer({"types": ["at+jwt"]})
	tokens.claims(signed(payload, {"typ": "at+jwt"}), typed)
	tokens.claims(signed(payload, {"typ": "application/AT+JWT"}), typed)
	not tokens.claims(signed(payload, {"typ": "JWT"}), typed)
	not tokens.claims(signed(payload, {}), typed)
}

test_an_issuer_may_bound_the_lifetime if {
	bounded := with_issuer({"max_lifetime_seconds": 600})
	tokens.claims(token({"iat": 4102444200}), bounded)
	not tokens.claims(token({"iat": 4102444199}), bounded)
	not tokens.claims(token({"iat": "now"}), bounded)
	not tokens.claims(token({"iat": 4102444200}), with_issuer({"max_lifetime_seconds": "600"}))
	not tokens.claims(token({}), bounded)
}

test_an_issuer_may_refuse_tokens_of_the_future if {
	strict := with_issuer({"refuse_future_iat": true})
	text := token({"iat": 2000000000})
	at(text, 2000000000, strict)
	at(text, 1999999970, strict)
	not at(text, 1999999969, strict)
	not at(token({}), 2000000000, strict)
	not at(token({"iat": null}), 2000000000, strict)
	at(text, 1, issuers)
}

# Scopes

test_scopes_come_in_several_forms if {
	expected := {"a", "b"}
	every claims in [
		{"scope": "a b"},
		{"scope": " b  a "},
		{"scp": ["a", "b"]},
		{"scp": "a b"},
		{"scopes": ["b", "a", 1, null]},
		{"scope": "a", "scopes": ["b"]},
	] {
		tokens.scopes(claims) == expected
	}
	every claims in [{}, {"scope": ""}, {"scope": null}, {"scp": 7}, {"scopes": {"a": "b"}}] {
		tokens.scopes(claims) == set()
	}
}
