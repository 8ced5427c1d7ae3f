//! Guards inside guards.

use jwt_core::{Config, Location, Policy};
use serde_json::{Value, json};

use crate::support::{documented, errors, get, manager, post};

#[test]
fn scopes_add_up_in_one_requirement_per_way() {
    let jwt = manager(Config::default().token_location([Location::Header, Location::Cookie]));
    let policies = [Policy::access().scopes(&["admin"]), Policy::access().scopes(&["staff"])];
    let document = documented(&jwt, &policies);
    assert_eq!(
        post(&document)["security"],
        json!([
            { "bearer": ["staff", "admin"] },
            { "cookie.access_token_cookie": ["staff", "admin"], "csrf.x-csrf-token": [] },
        ])
    );
}

#[test]
fn the_same_guard_twice_changes_nothing() {
    let jwt = manager(Config::default());
    let policy = Policy::access().fresh().any_authority(&["a", "b"]);
    let once = documented(&jwt, std::slice::from_ref(&policy));
    assert_eq!(documented(&jwt, &[policy.clone(), policy]), once);
}

#[test]
fn a_required_token_outside_or_inside_of_an_optional_one_is_required() {
    let jwt = manager(Config::default());
    for policies in
        [[Policy::access(), Policy::access().optional()], [Policy::access().optional(), Policy::access()]]
    {
        assert_eq!(get(&documented(&jwt, &policies))["security"], json!([{ "bearer": [] }]));
    }
}

#[test]
fn the_errors_of_both_are_examples() {
    let jwt = manager(Config::default());
    let policies = [Policy::access().scopes(&["admin"]), Policy::access().fresh().scopes(&["staff"])];
    let document = documented(&jwt, &policies);
    assert_eq!(errors(get(&document), "401"), ["unauthorized", "expired_token", "needs_fresh_token"]);
    assert_eq!(errors(get(&document), "403"), ["insufficient_scope"]);
    let challenges = &get(&document)["responses"]["403"]["headers"]["WWW-Authenticate"]["examples"];
    let scope = |name: &str| challenges[name]["value"].as_str().unwrap().rsplit_once("scope=").unwrap().1;
    assert_eq!([scope("insufficient_scope"), scope("insufficient_scope_2")], ["\"admin\"", "\"staff\""]);
}

#[test]
fn a_requirement_of_the_handler_is_kept() {
    #[utoipa::path(get, path = "/orders", security(("api_key" = [])), responses((status = 200, description = "The orders")))]
    #[allow(dead_code, reason = "the macro reads it")]
    fn orders() {}

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(orders))]
    struct Api;

    let mut api = <Api as utoipa::OpenApi>::openapi();
    jwt_utoipa::document(&mut api, &manager(Config::default()), &Policy::access());
    let document = serde_json::to_value(api).unwrap();
    assert_eq!(get(&document)["security"], json!([{ "api_key": [], "bearer": [] }]));
}

/// OpenAPI has no scheme for a token in a body, but the requirement counts.
#[test]
fn a_token_in_a_body_is_required_like_any_other() {
    let locations = [Location::Header, Location::Json];
    let jwt = manager(Config::default().token_location(locations).buffered_body(100));
    let json = || Policy::access().locations(&[Location::Json]);
    let header = || Policy::access().locations(&[Location::Header]);
    let must = "The token must be the member `access_token` of a JSON body.";
    let can = "The token can be the member `access_token` of a JSON body.";
    for (inner, outer, security, description) in [
        (json(), Policy::access().optional(), Value::Null, json!(must)),
        (Policy::access().optional(), json(), Value::Null, json!(must)),
        (json(), json().scopes(&["admin"]), Value::Null, json!(must)),
        // A bearer token alone does not pass the guard that only reads the body.
        (json(), Policy::access(), Value::Null, json!(must)),
        (Policy::access(), json(), Value::Null, json!(must)),
        (Policy::access(), Policy::access(), json!([{ "bearer": [] }]), json!(can)),
        (json().optional(), json().optional(), json!([{}]), json!(can)),
        // The guard that reads header fields finds no token in the body.
        (Policy::access(), header(), json!([{ "bearer": [] }]), Value::Null),
        // Two tokens.
        (json(), header(), json!([{ "bearer": [] }]), json!(must)),
    ] {
        let document = documented(&jwt, &[inner.clone(), outer.clone()]);
        let operation = post(&document);
        let policies = (inner, outer);
        assert_eq!(operation["security"], security, "{policies:?}");
        assert_eq!(operation["description"], description, "{policies:?}");
        assert_eq!(operation["x-jwt-json-member"].is_string(), !description.is_null(), "{policies:?}");
    }
}

#[test]
fn the_kinds_of_two_guards_do_not_contradict() {
    let jwt = manager(Config::default());
    let document = documented(&jwt, &[Policy::access(), Policy::any()]);
    assert_eq!(get(&document)["description"], Value::Null);
}
