//! A manager that stands for a protected resource of OAuth 2.0 (RFC 9728, RFC 8707).

use http::Request;
use jwt_core::keys::KeySet;
use jwt_core::{
    Config, ConfigError, ErrorHandlers, ErrorResponse, FlaskHandlers, Issuer, JwtManager, JwtManagerBuilder,
    Location, Policy, Refusal, RequestInfo, Token,
};
use serde_json::{Value, json};

use crate::building::assert_told;
use crate::support::{authenticate, bearer, builder, manager, refused, token};
use crate::support_keys::{keyless, secret_key};

const RESOURCE: &str = "https://api.example.com/mcp";
const METADATA: &str = "https://api.example.com/.well-known/oauth-protected-resource/mcp";

fn resource() -> Config {
    Config::default().resource(RESOURCE).authorization_servers(["https://login.example"])
}

/// Handlers that only change the response to an expired token.
struct Custom;

impl ErrorHandlers for Custom {
    fn expired_token(&self, _: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::empty(401)
    }
}

fn issuer(name: &str) -> Issuer {
    Issuer::new(name, KeySet::single(secret_key()))
}

fn error(builder: JwtManagerBuilder) -> ConfigError {
    builder.build().unwrap_err()
}

fn challenge(jwt: &JwtManager, request: &Request<()>, policy: &Policy) -> (u16, String) {
    let error = refused(authenticate(jwt, request, policy));
    let answer = jwt.respond(&error, request, policy);
    let challenge = answer.headers().get("www-authenticate").map(|field| field.to_str().unwrap().to_owned());
    (answer.status().as_u16(), challenge.unwrap_or_default())
}

#[test]
fn challenges_say_where_to_get_a_token_and_for_what() {
    let jwt = manager(resource().realm("api"));
    let policy = Policy::access().scopes(&["read", "write"]).any_authority(&["role:admin", "all"]);
    let plain = Policy::access();
    let good = |scope: &str| bearer(&token(&[("scope", scope), ("aud", &format!("{RESOURCE:?}"))]));
    let none = Request::new(());
    let metadata = format!("resource_metadata=\"{METADATA}\"");
    assert_eq!(
        challenge(&jwt, &none, &policy),
        (401, format!("Bearer realm=\"api\", scope=\"read write all\", {metadata}"))
    );
    assert_eq!(challenge(&jwt, &none, &plain), (401, format!("Bearer realm=\"api\", {metadata}")));
    let expired = bearer(&token(&[("exp", "1"), ("aud", &format!("{RESOURCE:?}"))]));
    let invalid = "error=\"invalid_token\", error_description=\"The token is invalid\"";
    assert_eq!(
        challenge(&jwt, &expired, &policy).1,
        format!(
            "Bearer realm=\"api\", error=\"invalid_token\", error_description=\"The token has expired\", \
             scope=\"read write all\", {metadata}"
        )
    );
    assert_eq!(
        challenge(&jwt, &bearer("x.y.z"), &plain),
        (401, format!("Bearer realm=\"api\", {invalid}, {metadata}"))
    );
    let (status, said) = challenge(&jwt, &good("\"read\""), &policy);
    assert_eq!(status, 403);
    assert_eq!(said.matches("scope=\"read write all\"").count(), 1, "{said}");
    assert_eq!(said.matches(&metadata).count(), 1, "{said}");
}

#[test]
fn a_manager_without_a_resource_does_not_mention_one() {
    let jwt = manager(Config::default());
    assert!(jwt.resource_metadata().is_none());
    let policy = Policy::access().scopes(&["read"]);
    assert_eq!(challenge(&jwt, &Request::new(()), &policy), (401, "Bearer".into()));
}

#[test]
fn a_missing_token_gets_an_error_code_only_on_request() {
    let jwt = manager(Config::default().error_code_if_missing(true));
    assert_eq!(
        challenge(&jwt, &Request::new(()), &Policy::access()),
        (401, "Bearer error=\"invalid_token\", error_description=\"The request has no token\"".into())
    );
}

#[test]
fn a_denial_by_the_application_starts_no_login() {
    let jwt = builder(resource()).token_verification_loader(|_| async { false }).build().unwrap();
    let good = bearer(&token(&[("aud", &format!("{RESOURCE:?}"))]));
    assert_eq!(challenge(&jwt, &good, &Policy::access()), (403, String::new()));
    let rule = Policy::access().with_rule(|_: &Token, _: &RequestInfo| false);
    assert_eq!(challenge(&manager(resource()), &good, &rule), (403, String::new()));
}

#[test]
fn the_query_never_has_a_token() {
    let jwt = manager(resource());
    let token = jwt.access_token("alice").encode().unwrap();
    let request = Request::get(format!("/?jwt={token}")).body(()).unwrap();
    let policy = Policy::access().locations(&[Location::QueryString]);
    assert_eq!(challenge(&jwt, &request, &policy).0, 401);
}

#[test]
fn all_handlers_speak_oauth() {
    let invalid = bearer("x.y.z");
    assert_eq!(challenge(&manager(resource()), &invalid, &Policy::access()).0, 401);
    let flask = builder(resource()).error_handlers(FlaskHandlers).build().unwrap();
    assert_eq!(challenge(&flask, &invalid, &Policy::access()).0, 401);
    // Handlers of the application keep these statuses.
    let custom = builder(resource()).error_handlers(Custom).build().unwrap();
    assert_eq!(challenge(&custom, &invalid, &Policy::access()).0, 401);
    assert_eq!(
        challenge(
            &builder(Config::default()).error_handlers(Custom).build().unwrap(),
            &invalid,
            &Policy::access()
        )
        .0,
        422
    );
}

#[test]
fn the_resource_is_the_audience() {
    let jwt = manager(resource());
    let accepts = |aud: &str| authenticate(&jwt, &bearer(&token(&[("aud", aud)])), &Policy::access()).is_ok();
    for aud in [
        r#""https://api.example.com/mcp""#,
        r#"["https://other.example","https://api.example.com/mcp"]"#,
        r#""HTTPS://API.Example.COM/mcp""#,
        r#""https://api.example.com:443/mcp""#,
    ] {
        assert!(accepts(aud), "{aud}");
    }
    for aud in [
        "",
        r#""""#,
        "[]",
        "null",
        r#""https://api.example.com""#,
        r#""https://api.example.com/mcp/""#,
        r#""https://api.example.com/MCP""#,
        r#""https://api.example.com/mcp/tools""#,
        r#""http://api.example.com/mcp""#,
        r#""https://api.example.com.evil.example/mcp""#,
        r#""api""#,
    ] {
        assert!(!accepts(aud), "{aud}");
    }
    // Its own tokens are for it.
    let own = jwt.access_token("alice").encode().unwrap();
    assert_eq!(jwt.decode(&own).unwrap().claims()["aud"], RESOURCE);
    // It is written as it is configured.
    let upper = manager(Config::default().resource("https://API.example/").authorization_servers([RESOURCE]));
    let own = upper.access_token("alice").encode().unwrap();
    assert_eq!(upper.decode(&own).unwrap().claims()["aud"], "https://API.example/");
    let document: Value = serde_json::from_slice(upper.resource_metadata().unwrap().json()).unwrap();
    assert_eq!(document["resource"], "https://API.example/");
    // A slash as the whole path means the same as no path.
    let root =
        manager(Config::default().resource("https://api.example.com/").authorization_servers([RESOURCE]));
    for aud in [r#""https://api.example.com""#, r#""https://api.example.com/""#] {
        assert!(authenticate(&root, &bearer(&token(&[("aud", aud)])), &Policy::access()).is_ok(), "{aud}");
    }
    // What is configured comes first.
    let named = manager(resource().audience("api"));
    let verdict =
        |aud: &str| authenticate(&named, &bearer(&token(&[("aud", aud)])), &Policy::access()).is_ok();
    assert!(verdict(r#""api""#) && !verdict(&format!("{RESOURCE:?}")));
    // A token is not issued for a resource that is not accepted.
    let other = manager(resource().decode_audience(["internal"]));
    let own = other.access_token("alice").encode().unwrap();
    assert!(other.insecure_unverified(&own).unwrap().claims().get("aud").is_none());
}

#[test]
fn an_issuer_without_an_audience_has_that_of_the_resource() {
    let issuer = |audience: Option<&str>| {
        let issuer = issuer("https://login.example");
        audience.map_or(issuer.clone(), |audience| issuer.audience(audience))
    };
    let verdict = |audience: Option<&str>, aud: &str| {
        let config = Config::default().resource(RESOURCE);
        let jwt = keyless(config).trusted_issuer(issuer(audience)).build().unwrap();
        let token = token(&[("iss", "\"https://login.example\""), ("aud", aud)]);
        authenticate(&jwt, &bearer(&token), &Policy::access()).is_ok()
    };
    let of_resource = format!("{RESOURCE:?}");
    assert!(verdict(None, &of_resource));
    assert!(!verdict(None, "\"api\""));
    assert!(!verdict(None, ""));
    assert!(verdict(Some("api"), "\"api\""));
    assert!(!verdict(Some("api"), &of_resource));
    assert!(verdict(Some("https://api.example.com:443/mcp"), &of_resource));
    // The same for issuers that are added later, and not for those without audiences.
    for (issuer, with, without) in [
        (issuer(None), true, false),
        (issuer(None).without_audience(), false, true),
        (issuer(None).without_audience().audience("api"), false, false),
    ] {
        let jwt = keyless(resource()).without_own_keys().build().unwrap();
        jwt.add_trusted_issuer(issuer).unwrap();
        let accepts = |aud: &str| {
            let token = token(&[("iss", "\"https://login.example\""), ("aud", aud)]);
            authenticate(&jwt, &bearer(&token), &Policy::access()).is_ok()
        };
        assert_eq!((accepts(&of_resource), accepts("")), (with, without));
    }
}

#[test]
fn the_document_describes_the_resource() {
    let config = resource()
        .scopes_supported(["read", "write"])
        .resource_name("Notes \"beta\"")
        .resource_documentation("https://docs.example.com/mcp?v=1#start")
        .resource_policy_uri("https://example.com/policy")
        .resource_tos_uri("https://example.com/terms");
    let jwt = manager(config);
    let metadata = jwt.resource_metadata().unwrap();
    assert_eq!(metadata.path(), "/.well-known/oauth-protected-resource/mcp");
    assert_eq!(metadata.url(), METADATA);
    let get = metadata.respond("GET");
    assert_eq!(get.status(), 200);
    assert_eq!(get.headers()["content-type"], "application/json");
    assert_eq!(get.headers()["access-control-allow-origin"], "*");
    let document: Value = serde_json::from_slice(get.body()).unwrap();
    assert_eq!(
        document,
        json!({
            "resource": RESOURCE,
            "authorization_servers": ["https://login.example"],
            "scopes_supported": ["read", "write"],
            "bearer_methods_supported": ["header"],
            "resource_name": "Notes \"beta\"",
            "resource_documentation": "https://docs.example.com/mcp?v=1#start",
            "resource_policy_uri": "https://example.com/policy",
            "resource_tos_uri": "https://example.com/terms",
        })
    );
    // Servers leave the body out.
    assert_eq!(metadata.respond("HEAD").body(), get.body());
    assert_eq!(metadata.respond("OPTIONS").status(), 204);
    let post = metadata.respond("POST");
    assert_eq!(
        (post.status().as_u16(), &post.headers()["allow"]),
        (405, &"GET, HEAD, OPTIONS".parse().unwrap())
    );
    let cookies = manager(resource().token_location([Location::Cookie]));
    let document: Value = serde_json::from_slice(cookies.resource_metadata().unwrap().json()).unwrap();
    assert_eq!(document["bearer_methods_supported"], json!([]));
}

#[test]
fn the_address_of_the_document_depends_on_the_path() {
    for (resource, path) in [
        ("https://api.example.com", ""),
        ("https://api.example.com/", ""),
        ("https://api.example.com/a/b", "/a/b"),
        ("https://api.example.com/a/", "/a/"),
        ("http://127.0.0.1:8000/mcp", "/mcp"),
        ("http://[::1]:8000/mcp", "/mcp"),
        ("http://localhost/mcp", "/mcp"),
    ] {
        let jwt = manager(Config::default().resource(resource).authorization_servers(["http://localhost:1"]));
        let metadata = jwt.resource_metadata().unwrap();
        assert_eq!(metadata.path(), format!("/.well-known/oauth-protected-resource{path}"), "{resource}");
        assert!(metadata.url().ends_with(metadata.path()), "{resource}");
    }
}

#[test]
fn the_trusted_issuers_are_the_default_authorization_servers() {
    let config = || Config::default().resource(RESOURCE);
    let jwt = keyless(config())
        .trusted_issuer(issuer("https://one.example"))
        .trusted_issuer(issuer("https://two.example/realms/a"))
        .build()
        .unwrap();
    let document: Value = serde_json::from_slice(jwt.resource_metadata().unwrap().json()).unwrap();
    assert_eq!(
        document["authorization_servers"],
        json!(["https://one.example", "https://two.example/realms/a"])
    );
    assert_told(&error(builder(config())), "authorization_servers must be set");
    let nameless = keyless(config()).trusted_issuer(issuer("accounts.example"));
    assert_told(&error(nameless), "authorization_servers must be set");
}

#[test]
fn addresses_that_clients_could_not_use_are_errors() {
    for uri in [
        "",
        "api.example.com/mcp",
        "/mcp",
        "https://",
        "https:///mcp",
        "http://api.example.com/mcp",
        "http://localhost.evil.example/mcp",
        "http://127.0.0.1.nip.example/mcp",
        "ftp://api.example.com/mcp",
        "https://user@api.example.com/mcp",
        "https://user:pass@api.example.com/mcp",
        "https://api.example.com/mcp?tenant=1",
        "https://api.example.com/mcp#tools",
        "https://api.example.com/mcp\"",
        "https://api.example.com/m cp",
        "https://api.example.com/../mcp",
        "https://api.example.com/{tenant}",
        "https://api.example.com/m\u{e9}",
        "https://api.example.com/mcp\r\nset-cookie: a=b",
        "https://api.example.com:99999/mcp",
        "https://api.example.com:0/mcp",
        "https://api.example.com:/mcp",
        "https://api.example.com:abc/mcp",
        "https://:443/mcp",
        "https://[::1]evil/",
        "https://[]/",
        "https://*/x",
        "https://a.example/%2e%2E/b",
        "https://a.example/%zz",
        "http://[::1]evil/",
        "http://[::1]:80x/",
        "http://[127.0.0.1]/mcp",
        "http://[::ffff:127.0.0.1]/mcp",
    ] {
        assert_told(&error(builder(resource().authorization_servers([uri]))), "authorization_servers");
        assert_told(&error(builder(resource().resource(uri))), "resource");
    }
    for uri in ["https://api.example.com/:a", "https://api.example.com/a/*b", "https://api.example.com/a%20b"]
    {
        assert_told(&error(builder(resource().resource(uri))), "resource");
    }
    for config in [
        resource().resource_documentation("http://docs.example.com"),
        resource().resource_policy_uri("policy"),
        resource().resource_tos_uri("javascript:alert(1)"),
        resource().resource_name(""),
        resource().scopes_supported(["read write"]),
        resource().scopes_supported([""]),
        Config::default().authorization_servers(["https://login.example"]),
        Config::default().resource_name("Notes"),
    ] {
        error(builder(config));
    }
    let query = resource().token_location([Location::Header, Location::QueryString]);
    assert_told(&error(builder(query)), "token_location must not contain the query string");
}
