# Who asks and through which route: principals, labels, addresses, metadata of earlier filters, context extensions. Never the path.
package differential.identity

import input.attributes

default decision := {"allowed": false, "http_status": 401, "headers": {"www-authenticate": "Bearer"}, "body": "who are you?"}

decision := {"allowed": true, "headers": {"x-caller": caller}, "dynamic_metadata": facts} if caller

decision := {"allowed": false, "dynamic_metadata": facts} if {
	not caller
	count(facts) > 0
}

caller := input.source_principal if startswith(input.source_principal, "spiffe://prod/")

caller := claims.email if {
	not startswith(input.source_principal, "spiffe://")
	claims.exp > 1000
}

claims := attributes.metadataContext.filterMetadata["envoy.filters.http.jwt_authn"].verified_jwt

facts["port"] := attributes.source.address.socketAddress.portValue

facts["from"] := attributes.source.address.socketAddress.address

facts["pipe"] := attributes.source.address.pipe.path

facts["route"] := attributes.contextExtensions.route

facts["labels"] := attributes.source.labels

facts["sni"] := attributes.tlsSession.sni

facts["claims"] := claims

facts["destination"] := attributes.destination.principal
