//! Scopes, roles, and the audience of issued tokens.

use jwt_core::{AuthorityClaim, Config, EncodeError, JwtManager, Policy, Token};
use serde_json::{Value, json};

use crate::support::{authenticate, bearer, builder, decode, manager};

fn token(
    jwt: &JwtManager,
    build: impl FnOnce(jwt_core::TokenBuilder<'_>) -> jwt_core::TokenBuilder<'_>,
) -> Token {
    jwt.decode(&build(jwt.access_token("alice")).encode().unwrap()).unwrap()
}

fn claims(
    build: impl FnOnce(jwt_core::TokenBuilder<'_>) -> jwt_core::TokenBuilder<'_>,
) -> [Option<Value>; 2] {
    let token = token(&manager(Config::default()), build);
    ["scope", "roles"].map(|name| token.claim(name))
}

#[test]
fn scopes_are_a_text_and_roles_a_list() {
    for (found, scope, roles) in [
        (claims(|token| token), None, None),
        (claims(|token| token.scopes(["a"])), Some(json!("a")), None),
        (claims(|token| token.scopes(["a", "b:c"]).roles(["d"])), Some(json!("a b:c")), Some(json!(["d"]))),
        (claims(|token| token.roles(vec!["Team Lead".to_owned()])), None, Some(json!(["Team Lead"]))),
        (claims(|token| token.scopes(["a"]).scopes(["b"])), Some(json!("b")), None),
        (claims(|token| token.claim("scope", "a").scopes(["b"])), Some(json!("b")), None),
        (claims(|token| token.scopes(["a"]).claim("scope", "b")), Some(json!("b")), None),
        (claims(|token| token.claim("roles", 5).scopes(["a"]).roles([""; 0]).scopes([""; 0])), None, None),
    ] {
        assert_eq!(found, [scope, roles]);
    }
}

#[test]
fn own_tokens_with_roles_work_without_configuration() {
    const STAFF: Policy = Policy::access().scopes(&["read"]).authorities(&["role:staff"]);
    for jwt in [manager(Config::default()), manager(Config::flask_compatible())] {
        let text = jwt.access_token("alice").scopes(["read"]).roles(["staff"]).encode().unwrap();
        assert!(authenticate(&jwt, &bearer(&text), &STAFF).is_ok());
        let text = jwt.access_token("alice").scopes(["read", "staff"]).encode().unwrap();
        assert!(authenticate(&jwt, &bearer(&text), &STAFF).is_err());
    }
}

#[test]
fn a_loader_s_scopes_are_replaced_or_removed() {
    let jwt = builder(Config::default())
        .additional_claims_loader(|_| json!({"scope": "admin", "roles": ["boss"]}))
        .build()
        .unwrap();
    let names = |token: &Token| token.authorities().iter().map(Into::into).collect::<Vec<String>>();
    assert_eq!(names(&token(&jwt, |token| token)), ["admin", "role:boss"]);
    assert_eq!(names(&token(&jwt, |token| token.scopes(["read"]).roles(["x"]))), ["read", "role:x"]);
    assert!(names(&token(&jwt, |token| token.scopes([""; 0]).roles([""; 0]))).is_empty());
}

#[test]
fn no_name_becomes_another_one() {
    let jwt = manager(Config::default());
    for scope in ["read admin", "", " ", "a\"b", "a\\b", "é", "a\nb", "role:admin"] {
        let error = jwt.access_token("alice").scopes(["x", scope]).encode().unwrap_err();
        assert!(matches!(error, EncodeError::AuthorityName), "{scope:?}: {error:?}");
        assert!(scope.trim().len() < 5 || !error.to_string().contains(scope));
    }
    for role in ["", "a\"b", "a\\b", "a\u{0}b", "a\u{9f}b", "role:admin"] {
        let error = jwt.access_token("alice").roles(["x", role]).encode().unwrap_err();
        assert!(matches!(error, EncodeError::AuthorityName), "{role:?}: {error:?}");
    }
}

#[test]
fn what_no_policy_would_find_is_not_issued() {
    let other =
        manager(Config::default().authorities([AuthorityClaim::nested(["access", "roles"]).prefix("role:")]));
    let refused = |error: EncodeError| match error {
        EncodeError::AuthorityClaim(claim) => claim,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(other.access_token("a").scopes(["x"]).encode().unwrap_err()), "scope");
    assert_eq!(refused(other.access_token("a").roles(["x"]).encode().unwrap_err()), "roles");
    let bare =
        manager(Config::default().authorities([AuthorityClaim::new("scope"), AuthorityClaim::new("roles")]));
    assert!(bare.access_token("a").scopes(["x"]).encode().is_ok());
    assert_eq!(refused(bare.access_token("a").roles(["x"]).encode().unwrap_err()), "roles");
}

#[test]
fn claims_named_roles_grant_nothing_that_is_not_asked_for() {
    let token = decode(Config::default(), &[("roles", r#"["admin","read","role:x"]"#)]).unwrap();
    assert!(!token.has_authority("admin") && !token.has_authority("read") && !token.has_scope("admin"));
    assert!(token.has_authority("role:admin"));
    // A configuration that names its claims has those alone.
    let only = Config::default().authorities([AuthorityClaim::new("scope")]);
    let token = decode(only, &[("roles", r#"["admin"]"#), ("scope", "\"role:admin read\"")]).unwrap();
    // A scope is not a role, whether or not a claim holds roles.
    assert_eq!(token.authorities().iter().collect::<Vec<_>>(), ["read"]);
}

#[test]
fn a_token_names_an_audience_of_its_own() {
    let jwt = manager(Config::default().encode_audience(["api"]).decode_audience(["api", "mcp", "files"]));
    assert_eq!(token(&jwt, |token| token).claim("aud"), Some(json!("api")));
    assert_eq!(token(&jwt, |token| token.audience("mcp")).claim("aud"), Some(json!("mcp")));
    let two = token(&jwt, |token| token.audience("mcp").audience("files").audience("mcp"));
    assert_eq!(two.claim("aud"), Some(json!(["mcp", "files"])));
    // Only its own audience accepts it.
    let elsewhere = jwt.access_token("alice").audience("elsewhere").encode().unwrap();
    assert!(jwt.decode(&elsewhere).is_err());
    assert!(matches!(jwt.access_token("a").audience("").encode(), Err(EncodeError::EmptyAudience)));
    // A struct of claims has to agree with it.
    assert!(jwt.access_token("a").audience("mcp").claim("aud", "mcp").encode().is_ok());
    let error = jwt.access_token("a").audience("mcp").claim("aud", "api").encode().unwrap_err();
    assert!(matches!(error, EncodeError::ReservedClaim(_)), "{error:?}");
}
