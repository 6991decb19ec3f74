package endpoint

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
)

// The names under which careless endpoints take an identity from the request.
var (
	identityParameters = []string{"sub", "userId", "user_id", "userID", "user", "username", "uid", "id", "customerId", "customerID", "email", "login", "anonymousId"}
	// rareParameters are sent in a request of their own: a site that refuses one of them
	// would not look at the others.
	rareParameters = []string{
		"visitor", "visitorId", "visitor_id", "vid", "clientId", "client_id", "deviceId", "device_id", "sid", "session", "sessionId",
		"name", "account", "accountId", "account_id", "customer", "customer_id", "customerNumber", "anonymous_id", "identity", "subject", "uuid",
		"member", "memberId", "userName", "user_name", "userEmail", "mail", "profile", "profileId", "principal", "externalId", "external_id",
		"as", "impersonate", "actAs", "on_behalf_of", "loginAs", "login_hint", "_switch_user", "customUserID", "debugUser", "testUser",
		"contactId", "personId", "employeeId", "guestId", "cid", "pid", "anonId", "browserId", "accountNumber", "tenant", "tenantId", "tenant_id", "org", "orgId", "organizationId", "realm", "user[id]", "user.id", "claims[sub]", "id_token", "jwt", "assertion",
	}
	// addressParameters are sent where there is room for a few only.
	addressParameters = []string{"sub", "userId", "user_id", "user", "username", "uid", "id", "customerId", "email", "visitorId", "visitor_id", "visitor", "vid"}
	identityHeaders   = []string{"X-User-Id", "X-User", "X-Username", "X-Forwarded-User", "X-Remote-User", "Remote-User", "X-Authenticated-User", "X-Auth-User", "X-Customer-Id", "X-Sub", "X-Anonymous-Id", "X-Session-Id", "From"}
	rareHeaders       = []string{
		"X-Visitor-Id", "X-Client-Id", "X-Device-Id", "X-Subject", "X-Identity", "X-Email", "X-Account", "X-Uid", "X-Userid",
		"X-User-Name", "X-User-Sub", "X-Account-Id", "X-Member-Id", "X-Principal", "X-Principal-Id", "X-Current-User", "X-Login",
		"X-Logged-In-User", "X-Session-User", "X-Proxy-User", "X-Original-User", "X-On-Behalf-Of", "X-Impersonate-User",
		"Impersonate-User", "X-Act-As", "X-Debug-User", "X-Test-User", "X-Profile-Id", "X-Customer", "X-Customer-Number",
		"X-Hasura-User-Id", "X-Firebase-Uid", "X-Guest-Id", "X-Person-Id", "X-Employee-Id", "X-Contact-Id",
		"X-Tenant", "X-Tenant-Id", "X-Org-Id", "X-Organization-Id", "X-Realm", "User", "User-Id", "Username", "Uid", "Sub", "Email", "X-Id-Token", "X-Access-Token", "X-Jwt",
		"X-Api-Key", "X-Auth-Token", "X-Session", "X-Session-Token", "X-Visitor", "X-Member", "X-Contact",
	}
	// wrappers are the members of bodies that hold an object which says who asks, and
	// wrapped the members of that object.
	wrappers = []string{"user", "customer", "visitor", "data", "payload", "claims", "context", "profile", "identity", "session", "variables", "input"}
	// bodyWrappers are rarer ones, for which only a body has room.
	bodyWrappers = []string{"params", "meta", "attributes", "auth", "account", "person", "client", "options", "traits", "properties"}
	// encodedParameters are parameters that hold such an object, encoded.
	encodedParameters = []string{"state", "ctx", "context", "user", "data", "payload", "token", "session", "identity", "info", "q"}
	// linkParameters are those of personal links in e-mails.
	linkParameters = []string{"t", "u", "e", "m", "uid", "user", "email", "mail", "id", "token", "auth", "key", "ref", "login", "link", "sid", "session", "customer"}
	wrapped        = []string{"id", "sub", "userId", "email", "name"}
)

// controlName is a name that says nothing of an identity. A claim with the value under it
// repeats the whole request, which another check reports.
const controlName = "webchatspec"

// proxyHeaders are those in which the identity-aware proxies of clouds, servers and gateways
// say who asks. A site that accepts them from anybody lets anybody be anybody.
var proxyHeaders = []string{
	// Google, Amazon, Microsoft, Cloudflare, Tailscale, IBM, Oracle, Broadcom.
	"X-Goog-Authenticated-User-Id", "X-Goog-Authenticated-User-Email", "X-Goog-Iap-Jwt-Assertion", "X-Iap-User",
	"X-Apigateway-Api-Userinfo", "X-Endpoint-Api-Userinfo", "X-Amzn-Oidc-Identity", "X-Amzn-Oidc-Data", "X-Amzn-Oidc-Accesstoken",
	"X-Ms-Client-Principal", "X-Ms-Client-Principal-Id", "X-Ms-Client-Principal-Name", "X-Ms-Token-Aad-Id-Token",
	"Cf-Access-Authenticated-User-Email", "Cf-Access-Jwt-Assertion", "Tailscale-User-Login", "Tailscale-User-Name",
	"Iv-User", "Oam_remote_user", "Oam-Remote-User", "Sm_user", "Sm-User", "Smuser",
	// oauth2-proxy, nginx, Apache, Traefik, Authelia, authentik, Keycloak's gatekeeper.
	"X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Preferred-Username", "X-Forwarded-Email",
	"X-Forwarded-Preferred-Username", "X-Forwarded-Access-Token", "X-Auth-Request-Access-Token", "X-Cognito-Username", "X-Cognito-Sub", "X-Forwarded-Userid", "X-Forwarded-Name", "Remote-Email", "Remote-Name", "Remote_user",
	"Http-Remote-User", "X-Webauth-User", "X-Webauth-Email", "X-Webauth-Name", "X-Authentik-Username", "X-Authentik-Uid",
	"X-Authentik-Email", "X-Authentik-Name", "X-Authentik-Jwt", "X-Auth-Userid", "X-Auth-Subject", "X-Auth-Username", "X-Auth-Email",
	// Pomerium, Kong, Envoy, Istio, Caddy, Vouch, OpenID Connect and Shibboleth in Apache, certificates.
	"X-Pomerium-Claim-Sub", "X-Pomerium-Claim-Email", "X-Pomerium-Claim-User", "X-Pomerium-Jwt-Assertion", "X-Consumer-Id",
	"X-Consumer-Username", "X-Consumer-Custom-Id", "X-Credential-Identifier", "X-Authenticated-Userid", "X-Mashape-User", "X-Userinfo",
	"X-Envoy-User", "X-Forwarded-Client-Cert", "X-Jwt-Payload", "X-Jwt-Sub", "X-Jwt-Claim-Sub", "X-Token-Subject", "X-Token-User-Email",
	"X-Token-User-Name", "X-Vouch-User", "X-Vouch-Idp-Claims-Sub", "X-Sso-User", "X-User-Email", "Oidc_claim_sub", "Oidc-Claim-Sub",
	"Oidc_claim_email", "Oidc-Claim-Email", "Oidc_claim_preferred_username", "X-Oidc-Sub", "Eppn", "X-Replit-User-Id",
	"X-Replit-User-Name", "X-User-Info", "X-User-Claims", "X-Auth-Claims", "X-Jwt-Claims", "X-Claims", "Ssl-Client-Subject-Dn", "Ssl-Client-S-Dn", "X-Ssl-Client-S-Dn", "X-Client-Cert",
}

// spellings are the names under which an identity is written in some other form.
var spellings = map[string]func(id string) string{
	"X-Goog-Authenticated-User-Id":    func(id string) string { return "accounts.google.com:" + id },
	"X-Goog-Authenticated-User-Email": func(id string) string { return "accounts.google.com:" + mailbox(id) },
	"X-Ms-Client-Principal":           azurePrincipal,
	"X-Apigateway-Api-Userinfo":       encodedClaims,
	"X-Endpoint-Api-Userinfo":         encodedClaims,
	"X-Jwt-Payload":                   encodedClaims,
	"X-Userinfo":                      encodedClaims,
	"X-User-Info":                     encodedClaims,
	"X-User-Claims":                   encodedClaims,
	"X-Auth-Claims":                   encodedClaims,
	"X-Jwt-Claims":                    encodedClaims,
	"X-Claims":                        encodedClaims,
	"X-Forwarded-Client-Cert":         func(id string) string { return `Hash=0;Subject="CN=` + id + `"` },
	"Ssl-Client-Subject-Dn":           commonName,
	"Ssl-Client-S-Dn":                 commonName,
	"X-Ssl-Client-S-Dn":               commonName,
	"X-Goog-Iap-Jwt-Assertion":        unsignedFor,
	"X-Amzn-Oidc-Data":                unsignedFor,
	"X-Amzn-Oidc-Accesstoken":         unsignedFor,
	"X-Ms-Token-Aad-Id-Token":         unsignedFor,
	"Cf-Access-Jwt-Assertion":         unsignedFor,
	"X-Pomerium-Jwt-Assertion":        unsignedFor,
	"X-Authentik-Jwt":                 unsignedFor,
	"X-Id-Token":                      unsignedFor,
	"X-Forwarded-Access-Token":        unsignedFor,
	"X-Auth-Request-Access-Token":     unsignedFor,
	"X-Access-Token":                  unsignedFor,
	"X-Jwt":                           unsignedFor,
	"id_token":                        unsignedFor,
	"jwt":                             unsignedFor,
	"assertion":                       unsignedFor,
}

// spell writes an identity in the form that belongs to the name.
func spell(name, id string) string {
	switch form := spellings[name]; {
	case form != nil:
		return form(id)
	case strings.Contains(strings.ToLower(name), "mail"):
		return mailbox(id)
	}
	return id
}

// mailbox makes an e-mail address of an identity that is none.
func mailbox(id string) string {
	if strings.Contains(id, "@") {
		return id
	}
	return id + "@shop.example"
}

func commonName(id string) string { return "CN=" + id }

// claimsFor are the claims that say who somebody is.
func claimsFor(id string) map[string]any {
	return map[string]any{"sub": id, "user_id": id, "preferred_username": id, "name": id, "email": mailbox(id)}
}

func unsignedFor(id string) string { return unsigned(claimsFor(id)) }

func encodedClaims(id string) string {
	text, _ := json.Marshal(claimsFor(id)) // strings can always be encoded
	return base64.RawURLEncoding.EncodeToString(text)
}

// azurePrincipal is the client principal of Microsoft's services: App Service reads it as a
// list of claims, and Static Web Apps as members.
func azurePrincipal(id string) string {
	const nameID = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"
	text, _ := json.Marshal(map[string]any{
		"auth_typ": "aad", "identityProvider": "aad", "userId": id, "userDetails": id, "userRoles": []string{"authenticated"},
		"claims": []map[string]string{{"typ": nameID, "val": id}, {"typ": "sub", "val": id}, {"typ": "name", "val": id}, {"typ": "preferred_username", "val": id}},
	})
	return base64.StdEncoding.EncodeToString(text)
}

// unsigned returns a token with the algorithm "none", which must not be accepted.
func unsigned(claims map[string]any) string {
	payload, _ := json.Marshal(claims)
	return strings.Join([]string{
		base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)),
		base64.RawURLEncoding.EncodeToString(payload), "",
	}, ".")
}

// queryOf writes one parameter of a query.
func queryOf(name, value string) string { return url.QueryEscape(name) + "=" + url.QueryEscape(value) }
