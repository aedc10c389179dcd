# METADATA
# title: Who is calling
# description: >-
#   Exactly one credential counts: a bearer token, an API key, or, where neither is shown, the certificate. PASETO tokens
#   are exchanged at the edge for one of these; Rego has no builtin that reads them.
package gateway.identity

import data.lib.api_keys
import data.lib.headers
import data.lib.request
import data.lib.spiffe
import data.lib.tokens

# METADATA
# title: How the caller shows who it is
# description: One of anonymous, token, api_key, spiffe and ambiguous. It says what was shown, not that it is accepted.
default way := "anonymous"

way := "ambiguous" if {
	request.headers.authorization
	request.headers["x-api-key"]
} else := "token" if {
	request.headers.authorization
} else := "api_key" if {
	request.headers["x-api-key"]
} else := "spiffe" if {
	request.principal
}

# METADATA
# title: The caller, once the credential is accepted
# description: >-
#   {"subject", "realm", "roles", "claims", "tier"}; undefined otherwise. An issuer vouches only for the roles that its
#   record names, so the customers' issuer makes no manager.
caller := one if some one in callers

callers contains {
	"subject": claims.sub,
	"realm": issuer.realm,
	"roles": {role | some role in object.get(claims, "roles", [])} & {role | some role in issuer.roles},
	"claims": claims,
	"tier": data.gateway.tiers.token,
} if {
	way == "token"
	headers.safe(claims.sub)
	issuer := data.gateway.issuers[claims.iss]
}

callers contains {
	"subject": partner.partner,
	"realm": "partners",
	"roles": {"partner"},
	"claims": {"sub": partner.partner},
	"tier": object.get(partner, "tier", data.gateway.tiers.api_key),
} if {
	way == "api_key"
}

callers contains {
	"subject": request.principal,
	"realm": spiffe.parsed(request.principal).trust_domain,
	"roles": {role | some role in data.gateway.workloads[request.principal]},
	"claims": {"sub": request.principal},
	"tier": data.gateway.tiers.spiffe,
} if {
	way == "spiffe"
	data.gateway.workloads[request.principal]
}

claims := verdict.claims

# Each credential is looked at once: these rules are never undefined, for what is undefined is not remembered and would be
# found out anew at every mention.
default verdict := {}

verdict := tokens.verdict(token, data.gateway.issuers) if way == "token"

token := tokens.bearer(request.headers.authorization)

# METADATA
# title: The record of the partner whose key was accepted
partner := partners[0]

partners := [record |
	way == "api_key"
	record := api_keys.record(request.headers["x-api-key"], data.gateway.partners)
]

# METADATA
# title: Why the credential is not accepted
# description: For logs; meaningful where `caller` is undefined.
default problem := "credentials are needed"

problem := "more than one credential" if {
	way == "ambiguous"
} else := "the Authorization header holds no bearer token" if {
	way == "token"
	not token
} else := "the token's subject cannot stand in a header" if {
	way == "token"
	claims
} else := verdict.problem if {
	way == "token"
} else := "the API key is not accepted" if {
	way == "api_key"
} else := "the certificate's identity is not a known service" if {
	way == "spiffe"
}
