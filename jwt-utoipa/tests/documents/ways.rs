//! Security requirements and schemes: where a client puts its token.

use std::collections::BTreeSet;

use jwt_core::keys::KeySet;
use jwt_core::{AuthorityClaim, Config, Issuer, JwtManager, Location, Policy, TokenKind};
use jwt_jwks::RemoteIssuer;
use jwt_test::FakeIssuer;
use jwt_utoipa::SecuritySchemes;
use serde_json::{Value, json};
use utoipa::Modify as _;
use utoipa::openapi::security::SecurityRequirement;

use crate::support::{self, api, builder, documented, get, manager, post};

fn schemes(document: &Value) -> &Value {
    &document["components"]["securitySchemes"]
}

#[test]
fn a_header_is_a_bearer_scheme_or_an_api_key() {
    let bearer = json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" });
    let key = |description: &str| json!({ "type": "apiKey", "in": "header", "name": "x-token", "description": description });
    for (config, name, scheme) in [
        (Config::default(), "bearer", bearer.clone()),
        (Config::default().header_types(["JWT", "Bearer"]), "bearer", bearer),
        (Config::default().header_name("X-Token").header_type(""), "header.x-token", key("The token.")),
        (
            Config::default().header_name("X-Token").header_type("JWT"),
            "header.x-token.JWT",
            key("`JWT`, a space, and the token."),
        ),
        (
            Config::default().header_type("JWT="),
            "header.authorization.JWT..3D",
            json!({
                "type": "apiKey",
                "in": "header",
                "name": "authorization",
                "description": "`JWT=`, a space, and the token.",
            }),
        ),
    ] {
        let document = documented(&manager(config), &[Policy::access()]);
        assert_eq!(get(&document)["security"], json!([{ name: [] }]));
        assert_eq!(schemes(&document), &json!({ name: scheme }));
    }
}

#[test]
fn a_cookie_needs_its_csrf_value_where_the_method_does() {
    let config = || Config::default().token_location([Location::Cookie]);
    let document = documented(&manager(config()), &[Policy::access()]);
    assert_eq!(get(&document)["security"], json!([{ "cookie.access_token_cookie": [] }]));
    // Both, in one requirement.
    let both = json!([{ "cookie.access_token_cookie": [], "csrf.x-csrf-token": [] }]);
    assert_eq!(post(&document)["security"], both);
    let cookie = &schemes(&document)["cookie.access_token_cookie"];
    assert_eq!(
        [&cookie["type"], &cookie["in"], &cookie["name"]],
        ["apiKey", "cookie", "access_token_cookie"]
    );
    let csrf = &schemes(&document)["csrf.x-csrf-token"];
    assert_eq!([&csrf["type"], &csrf["in"], &csrf["name"]], ["apiKey", "header", "x-csrf-token"]);

    let document = documented(&manager(config().cookie_csrf_protect(false)), &[Policy::access()]);
    assert_eq!(post(&document)["security"], json!([{ "cookie.access_token_cookie": [] }]));
    let document = documented(&manager(config().csrf_methods(["GET"])), &[Policy::access()]);
    assert_eq!(get(&document)["security"], both);
    assert_eq!(post(&document)["security"], json!([{ "cookie.access_token_cookie": [] }]));
}

#[test]
fn a_refresh_token_has_its_own_names() {
    let config = Config::default()
        .token_location([Location::Cookie])
        .refresh_cookie_name("__Host-refresh")
        .refresh_csrf_header_name("X-Refresh");
    let document = documented(&manager(config), &[Policy::refresh()]);
    let both = json!([{ "cookie.__Host-refresh": [], "csrf.x-refresh": [] }]);
    assert_eq!(post(&document)["security"], both);
    assert_eq!(post(&document)["description"], "The token must be of the kind `refresh`.");
}

#[test]
fn locations_are_alternatives_in_their_order() {
    let all = [Location::Header, Location::Cookie, Location::QueryString, Location::Json];
    let jwt = manager(Config::default().token_location(all).buffered_body(100));
    let document = documented(&jwt, &[Policy::access()]);
    let ways = json!([
        { "bearer": [] },
        { "cookie.access_token_cookie": [], "csrf.x-csrf-token": [] },
        { "query.jwt": [] },
    ]);
    assert_eq!(post(&document)["security"], ways);
    assert_eq!(post(&document)["description"], "The token can be the member `access_token` of a JSON body.");
    assert_eq!(post(&document)["x-jwt-json-member"], "access_token");

    // Those of a policy replace them.
    let document = documented(&jwt, &[Policy::access().locations(&[Location::QueryString])]);
    assert_eq!(post(&document)["security"], json!([{ "query.jwt": [] }]));
    let query = json!({ "type": "apiKey", "in": "query", "name": "jwt", "description": "The token." });
    assert_eq!(schemes(&document), &json!({ "query.jwt": query }));
}

#[test]
fn a_body_has_no_scheme() {
    let jwt = manager(Config::default().token_location([Location::Json]).buffered_body(100));
    let document = documented(&jwt, &[Policy::access()]);
    // An empty list would say that it is open.
    assert_eq!(post(&document)["security"], Value::Null);
    assert_eq!(post(&document)["x-jwt-json-member"], "access_token");
    assert_eq!(post(&document)["description"], "The token must be the member `access_token` of a JSON body.");
    assert_eq!(schemes(&document), &Value::Null);

    let optional = documented(&jwt, &[Policy::access().optional()]);
    assert_eq!(post(&optional)["security"], json!([{}]));
    assert_eq!(post(&optional)["description"], "The token can be the member `access_token` of a JSON body.");
}

#[test]
fn only_handshakes_have_a_token_among_the_protocols() {
    let config = Config::default().token_location([Location::Header, Location::WebSocketProtocol]);
    let document = documented(&manager(config), &[Policy::access()]);
    assert_eq!(get(&document)["security"], json!([{ "bearer": [] }, { "webSocketProtocol": [] }]));
    assert_eq!(post(&document)["security"], json!([{ "bearer": [] }]));
}

#[test]
fn a_request_without_a_token_is_one_of_the_alternatives_of_an_optional_policy() {
    let document = documented(&manager(Config::default()), &[Policy::access().optional()]);
    assert_eq!(get(&document)["security"], json!([{}, { "bearer": [] }]));
}

/// The same manager has other requirements for handlers than for guards.
#[cfg(feature = "axum")]
#[test]
fn exempt_methods_need_no_token_for_a_guard() {
    use jwt_utoipa::axum::GuardedRouter as _;
    use utoipa_axum::router::OpenApiRouter;
    use utoipa_axum::routes;

    #[utoipa::path(options, path = "/orders", responses((status = 200, description = "The methods")))]
    async fn options() {}

    let router = || OpenApiRouter::<()>::new().routes(routes!(options));
    let policy = || Policy::access().fresh();
    for exempt in [true, false] {
        let jwt = manager(Config::default().insecure_exempt_options(exempt));
        let guard = (router().guarded(&jwt, policy()), exempt);
        let handler = (router().documented(&jwt, &policy()), false);
        for (router, passes) in [guard, handler] {
            let operation =
                &serde_json::to_value(router.get_openapi()).unwrap()["paths"]["/orders"]["options"];
            let security = if passes { json!([{}]) } else { json!([{ "bearer": [] }]) };
            assert_eq!(operation["security"], security);
            assert_eq!(operation["responses"]["401"].is_object(), !passes);
            assert_eq!(operation["description"].is_string(), !passes);
        }
    }
}

#[test]
fn scopes_and_roles_are_named() {
    let policy = Policy::access()
        .scopes(&["orders"])
        .authorities(&["role:staff"])
        .any_authority(&["a", "b"])
        .require_scope("tenant:acme");
    let config = Config::default().token_location([Location::Header, Location::Cookie]);
    let document = documented(&manager(config), &[policy]);
    let names = json!(["orders", "role:staff", "tenant:acme"]);
    let sorted = |names: &Value| -> BTreeSet<String> {
        names.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let security = &post(&document)["security"];
    assert_eq!(sorted(&security[0]["bearer"]), sorted(&names));
    assert_eq!(sorted(&security[1]["cookie.access_token_cookie"]), sorted(&names));
    assert_eq!(security[1]["csrf.x-csrf-token"], json!([]));
    assert_eq!(post(&document)["description"], "The token needs one of these authorities: `a`, `b`.");
}

#[test]
fn what_requirements_cannot_say_is_in_the_description() {
    const KIND: TokenKind = TokenKind::custom("invite");
    let minute = std::time::Duration::from_secs(60);
    for (policy, description) in [
        (Policy::of(KIND), "The token must be of the kind `invite`."),
        (Policy::access().fresh(), "The token must be from a login, not from a refresh."),
        (
            Policy::access().max_age(minute).acr_values(&["phr"]),
            "The login must be of one of these kinds: `phr`.\n\nThe login must be at most 60 seconds old.",
        ),
    ] {
        let document = documented(&manager(Config::default()), &[policy]);
        assert_eq!(get(&document)["description"], description);
    }
    let config =
        Config::default().token_location([Location::Cookie]).csrf_check_form(true).buffered_body(100);
    let document = documented(&manager(config), &[Policy::access()]);
    assert_eq!(
        post(&document)["description"],
        "Instead of the header field `x-csrf-token`, the form field `csrf_token` can have the CSRF value."
    );
}

#[tokio::test]
async fn clients_can_get_tokens_from_the_issuers_that_the_policy_accepts() {
    let fake = FakeIssuer::start();
    let login = |name: &str| RemoteIssuer::discover(name).fetch(fake.client()).build().unwrap();
    let remote = |name: &str| login(name).issuer().audience("api").audience_alone();
    let keys = KeySet::from_jwks(
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
    );
    let fixed = Issuer::new("https://fixed.example", keys.unwrap()).audience("api").audience_alone();
    let jwks = RemoteIssuer::jwks("https://jwks.example", "https://jwks.example/keys");
    let jwks = jwks.fetch(fake.client()).build().unwrap().issuer().audience("api").audience_alone();
    let with = |builder: jwt_core::JwtManagerBuilder| {
        let builder = builder.trusted_issuer(fixed.clone()).trusted_issuer(jwks.clone());
        builder
            .trusted_issuer(remote("https://login.example/realms/a"))
            .trusted_issuer(remote("https://partner.example/"))
            .build()
            .unwrap()
    };

    let jwt = with(builder(Config::default()));
    let bearer = json!([{ "bearer": [] }]);
    assert_eq!(get(&documented(&jwt, &[Policy::access()]))["security"], bearer);
    let partner = Policy::access().issuers(&["https://partner.example/"]).scopes(&["orders"]);
    let partner = partner.authorities(&["role:staff"]);
    let document = documented(&jwt, &[partner]);
    // An issuer knows scopes, not the roles of this application.
    let ways = json!([{ "bearer": ["orders", "role:staff"] }, { "openId.partner.example": ["orders"] }]);
    assert_eq!(get(&document)["security"], ways);
    assert_eq!(
        schemes(&document)["openId.partner.example"],
        json!({
            "type": "openIdConnect",
            "openIdConnectUrl": "https://partner.example/.well-known/openid-configuration",
        })
    );
    let header = Policy::access().any_issuer().locations(&[Location::QueryString]);
    assert_eq!(get(&documented(&jwt, &[header]))["security"], json!([{ "query.jwt": [] }]));

    // Without keys of its own, a manager accepts all its issuers.
    let jwt = with(JwtManager::builder(Config::default()));
    let all = json!([{ "bearer": [] }, { "openId.login.example..2Frealms..2Fa": [] }, { "openId.partner.example": [] }]);
    assert_eq!(get(&documented(&jwt, &[Policy::access()]))["security"], all);
}

#[test]
fn a_claim_with_a_prefix_has_no_scopes_for_an_issuer() {
    let claim = AuthorityClaim::new("permissions").prefix("permission:");
    let jwt = manager(Config::default().authorities([AuthorityClaim::new("scope"), claim]));
    let policy = Policy::access().authorities(&["permission:read"]);
    let description = jwt_core::adapter::describe(&jwt, &policy, &http::Method::GET);
    assert!(!description.authorities[0].are_scopes);
}

#[test]
fn definitions_that_are_there_stay() {
    let jwt = manager(Config::default().token_location([Location::Header, Location::Cookie]));
    let mut api = api();
    let own: utoipa::openapi::OpenApi = serde_json::from_value(json!({
        "openapi": "3.1.0",
        "info": { "title": "Shop", "version": "1" },
        "paths": {},
        "components": { "securitySchemes": {
            "bearer": { "type": "http", "scheme": "bearer", "description": "From the login page." },
        } },
    }))
    .unwrap();
    api.merge(own);
    jwt_utoipa::document_paths(&mut api.paths, &jwt, &Policy::access());
    let named = ["bearer", "cookie.access_token_cookie", "csrf.x-csrf-token"];
    SecuritySchemes::new(&jwt).modify(&mut api);
    let document = serde_json::to_value(api).unwrap();
    assert_eq!(schemes(&document)["bearer"]["description"], "From the login page.");
    // Only those that an operation names.
    assert!(schemes(&document).as_object().unwrap().keys().eq(named.iter().copied()));
}

/// Every scheme that an operation names, whatever the manager and the policy are.
#[test]
fn the_schemes_of_all_operations_are_defined() {
    #[utoipa::path(delete, path = "/orders", responses((status = 200, description = "No orders")))]
    #[allow(dead_code, reason = "the macro reads it")]
    fn cancel() {}

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(cancel))]
    struct Api;

    let cookie = || Config::default().token_location([Location::Cookie]);
    let resource = Config::default()
        .resource("https://api.example.com")
        .authorization_servers(["https://login.example.com"]);
    for (config, policy, expected) in [
        (
            cookie().csrf_methods(["DELETE"]),
            Policy::access(),
            ["cookie.access_token_cookie", "csrf.x-csrf-token"].as_slice(),
        ),
        (cookie(), Policy::refresh(), &["cookie.refresh_token_cookie", "csrf.x-csrf-token"]),
        // A resource server never takes tokens from the address.
        (resource, Policy::access().locations(&[Location::QueryString]), &["query.jwt"]),
    ] {
        let jwt = manager(config);
        let mut api = <Api as utoipa::OpenApi>::openapi();
        jwt_utoipa::document_paths(&mut api.paths, &jwt, &policy);
        SecuritySchemes::new(&jwt).modify(&mut api);
        let document = serde_json::to_value(api).unwrap();
        let security = &document["paths"]["/orders"]["delete"]["security"];
        assert!(security[0].as_object().unwrap().keys().eq(expected), "{security}");
        assert!(schemes(&document).as_object().unwrap().keys().eq(expected), "{document}");
    }
}

#[test]
fn different_schemes_have_different_names() {
    let cookie = |name: &str| {
        Config::default()
            .token_location([Location::Cookie])
            .access_cookie_name(name)
            .cookie_csrf_protect(false)
    };
    let header = |name: &str, kind: &str| Config::default().header_name(name).header_type(kind);
    let configs = [
        cookie("a!b"),
        cookie("a#b"),
        cookie("a_b"),
        cookie("a.b"),
        cookie("a..b"),
        cookie("a.!b"),
        cookie("a..21b"),
        header("a.b", ""),
        header("a", "b"),
        header("a..2Eb", ""),
        Config::default().header_types(["JWT", "Token"]),
        Config::default().header_types(["JWT"]),
        Config::default().header_types(["Token", "JWT"]),
    ];
    let mut api = api();
    let count = configs.len();
    for config in configs {
        jwt_utoipa::document(&mut api, &manager(config), &Policy::access());
    }
    let document = serde_json::to_value(api).unwrap();
    let schemes = schemes(&document).as_object().unwrap();
    let permitted = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    assert_eq!(schemes.len(), count, "{schemes:?}");
    assert!(schemes.keys().all(|name| name.chars().all(permitted)), "{schemes:?}");
    let description = &schemes["header.authorization.JWT..20Token"]["description"];
    assert_eq!(description, "`JWT` or `Token`, a space, and the token.");
}

#[tokio::test]
async fn a_document_can_leave_out_the_issuers() {
    let fake = FakeIssuer::start();
    let login = RemoteIssuer::discover("https://login.example").fetch(fake.client()).build().unwrap();
    let jwt = JwtManager::builder(
        Config::default().token_location([Location::Header, Location::Json]).buffered_body(100),
    )
    .trusted_issuer(login.issuer().audience("api").audience_alone())
    .build()
    .unwrap();
    let mut api = api();
    jwt_utoipa::document(&mut api, &jwt, &Policy::access());
    let document = serde_json::to_value(&api).unwrap();
    assert_eq!(get(&document)["security"], json!([{ "bearer": [] }, { "openId.login.example": [] }]));
    SecuritySchemes::new(&jwt).without_issuers().modify(&mut api);
    let document = serde_json::to_value(api).unwrap();
    assert_eq!(get(&document)["security"], json!([{ "bearer": [] }]));
    assert_eq!(get(&document)["x-jwt-requirements"], json!([{ "bearer": [] }, { "json:access_token": [] }]));
    assert!(schemes(&document).as_object().unwrap().keys().eq(["bearer"]));

    // The issuer is all that the operation requires.
    let name = "openId.login.example";
    let mut api = support::api();
    let orders = api.paths.paths.get_mut("/orders").unwrap();
    let only = SecurityRequirement::new(name, [""; 0]);
    orders.get.as_mut().unwrap().security = Some(vec![only]);
    SecuritySchemes::new(&jwt).without_issuers().modify(&mut api);
    let document = serde_json::to_value(api).unwrap();
    assert_eq!(get(&document)["security"], json!([{ name: [] }]));
    assert!(schemes(&document).as_object().unwrap().contains_key(name));
}
