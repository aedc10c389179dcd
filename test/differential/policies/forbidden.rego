# Headers that no policy may set or remove: each case names a header of its own.
package differential.forbidden

import input.attributes.request.http

default decision := {"allowed": true}

decision := {"allowed": true, "headers": {http.headers["x-name"]: "v"}} if http.headers["x-place"] == "headers"

decision := {"allowed": false, "headers": {http.headers["x-name"]: "v"}} if http.headers["x-place"] == "denied"

decision := {"allowed": true, "response_headers_to_add": {http.headers["x-name"]: "v"}} if http.headers["x-place"] == "response"

decision := {"allowed": true, "request_headers_to_remove": [http.headers["x-name"]]} if http.headers["x-place"] == "remove"

decision := {"allowed": true, "headers": {"x-a": urlquery.decode(http.headers["x-value"])}} if http.headers["x-place"] == "value"

decision := {"allowed": false, "headers": {"x-a": urlquery.decode(http.headers["x-value"])}} if http.headers["x-place"] == "denied-value"
