//! The authorities that a policy requires: all of a list, one of a list, and both.

use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, KeySet, VerifyingKey};
use jwt_core::{
    AuthorityClaim, Config, ConfigError, ErrorHandlers, ErrorKind, ErrorResponse, Issuer, JwtManager, Policy,
    Refusal, TokenError, TokenKind,
};
use serde_json::json;

use crate::building::assert_told;
use crate::refusals::{json_of, respond, with};
use crate::support::{
    HEADER, SECRET, authenticate, bearer, builder, invalid, manager, payload, refused, sign, token,
};
use crate::support_keys::keyless;

const STAFF: Policy = Policy::access().authorities(&["role:staff"]);
const BOTH: Policy = Policy::access().authorities(&["role:staff", "read"]);
const WRITE: Policy = Policy::access().any_authority(&["orders:write", "role:admin", "root"]);
const MIXED: Policy = Policy::access()
    .scopes(&["read"])
    .authorities(&["role:staff"])
    .any_authority(&["orders:write", "role:admin"])
    .any_authority(&["role:eu", "role:us"]);

/// Returns the verdict about a token with this scope and these roles: `None` if it passes, or the scope of the challenge.
fn lacking(policy: &Policy, scope: &str, roles: &str) -> Option<Option<String>> {
    let view = bearer(&token(&[("scope", scope), ("roles", roles)]));
    match authenticate(&manager(Config::default()), &view, policy) {
        Ok(_) => None,
        Err(TokenError::InsufficientScope { required, .. }) => Some(required.scope().map(Into::into)),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_token_needs_all_of_one_list_and_one_of_another() {
    for (policy, scope, roles, passes) in [
        (STAFF, "", r#"["staff"]"#, true),
        (STAFF, "", r#"["admin","staff"]"#, true),
        (STAFF, "", r#""admin staff""#, true),
        (STAFF, "", r#"["staff2"]"#, false),
        (STAFF, "", r#"["role:staff"]"#, false),
        (STAFF, r#""role:staff""#, "", false),
        (STAFF, r#""staff""#, "", false),
        (STAFF, "", r#"{"staff":true}"#, false),
        (BOTH, r#""read""#, r#"["staff"]"#, true),
        (BOTH, r#""read""#, "", false),
        (BOTH, "", r#"["staff","read"]"#, false),
        (WRITE, r#""orders:write""#, "", true),
        (WRITE, "", r#"["admin"]"#, true),
        (WRITE, r#""x root""#, r#"["y"]"#, true),
        (WRITE, r#""admin write""#, r#"["root"]"#, false),
        (WRITE, "", "", false),
        (MIXED, r#""read orders:write""#, r#"["staff","us"]"#, true),
        (MIXED, r#""read""#, r#"["staff","admin","eu"]"#, true),
        (MIXED, r#""orders:write""#, r#"["staff","us"]"#, false),
        (MIXED, r#""read orders:write""#, r#"["us"]"#, false),
        (MIXED, r#""read""#, r#"["staff","us"]"#, false),
        (MIXED, r#""read orders:write""#, r#"["staff"]"#, false),
    ] {
        assert_eq!(lacking(&policy, scope, roles).is_none(), passes, "{policy:?} {scope} {roles}");
    }
}

#[test]
fn the_challenge_names_everything_that_a_client_can_ask_for() {
    const ROLE_FIRST: Policy = Policy::access().any_authority(&["role:admin", "orders:write", "root"]);
    const TWICE: Policy = Policy::access().scopes(&["read"]).authorities(&["read", "write"]);
    for (policy, scope) in [
        (STAFF, None),
        (BOTH, Some("read")),
        (WRITE, Some("orders:write")),
        // What the token has is named as well.
        (MIXED, Some("read orders:write")),
        (ROLE_FIRST, Some("orders:write")),
        (TWICE, Some("read write")),
        (MIXED.require_scope("tenant:7"), Some("read orders:write tenant:7")),
    ] {
        assert_eq!(lacking(&policy, r#""read""#, "").unwrap().as_deref(), scope, "{policy:?}");
    }
}

#[test]
fn the_same_policies_are_built_from_data() {
    let text = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mixed = Policy::access()
        .require_scope("read")
        .try_authorities(text(&["role:staff"]))
        .and_then(|policy| policy.try_any_authority(text(&["orders:write", "role:admin"])))
        .and_then(|policy| policy.try_any_authority(text(&["role:eu", "role:us"])))
        .and_then(Policy::checked)
        .unwrap();
    for scope in ["", r#""read""#, r#""read orders:write""#, r#""orders:write""#] {
        for roles in ["", r#"["staff"]"#, r#"["staff","us"]"#, r#"["staff","admin","eu"]"#, r#"["us"]"#] {
            assert_eq!(lacking(&mixed, scope, roles), lacking(&MIXED, scope, roles), "{scope} {roles}");
        }
    }
    // A copy that has been changed leaves the first as it was.
    let more = mixed.clone().try_authorities(["root"]).unwrap();
    assert_eq!(lacking(&mixed, r#""read orders:write""#, r#"["staff","us"]"#), None);
    assert!(lacking(&more, r#""read orders:write""#, r#"["staff","us"]"#).is_some());
}

#[test]
fn names_from_data_are_checked_when_the_policy_is_built() {
    let long = "x".repeat(257);
    let many: Vec<String> = (0..65).map(|at| format!("n{at}")).collect();
    let told = |built: Result<Policy, ConfigError>| built.map(drop).unwrap_err();
    for (names, why) in [
        (vec![], "at least one name"),
        (vec!["a", ""], "empty name"),
        (vec!["a\"b"], "quotation mark"),
        (vec!["a\\b"], "backslash"),
        (vec!["a\nb"], "control character"),
        (vec!["a\u{7f}b"], "control character"),
        (vec!["a\u{85}b"], "control character"),
        (vec![&*long], "256 bytes"),
        (vec!["a", "b", "a"], "twice"),
        (many.iter().map(|name| &**name).collect(), "64 names"),
    ] {
        let error = told(Policy::access().try_authorities(names.clone()));
        assert_told(&error, "Policy::try_authorities");
        assert!(error.to_string().contains(why), "{error}");
        let error = told(Policy::access().try_any_authority(names.clone()));
        assert_told(&error, "Policy::try_any_authority");
        assert!(error.to_string().contains(why), "{error}");
    }
    // Names with a prefix can contain what a scope cannot.
    for name in ["role:Team Lead", "role:équipe", "role:\u{a0}", "urn:a,b;c=d"] {
        assert!(Policy::access().try_authorities([name]).is_ok(), "{name}");
    }
    let half = |at: usize| many.iter().skip(at).take(33).cloned();
    let error = told(Policy::access().try_authorities(half(0)).unwrap().try_any_authority(half(32)));
    assert!(error.to_string().contains("64 names"), "{error}");
    let error = told(half(0).chain(half(32)).fold(Policy::access(), Policy::require_scope).checked());
    assert!(error.to_string().contains("64 names"), "{error}");
    for scope in ["", "a b", "a\"b", "é", "a\r\nb", &*long] {
        let error = told(Policy::access().require_scope(scope).checked());
        assert_told(&error, "Policy::require_scope");
    }
}

#[test]
fn a_policy_that_no_token_satisfies_is_an_error() {
    let login = "https://login.example";
    let issuers = || Policy::access().issuer(login).no_own_tokens();
    for policy in [
        issuers().fresh(),
        Policy::refresh().issuer(login).no_own_tokens(),
        Policy::any().any_issuer().no_own_tokens(),
        Policy::of(TokenKind::custom("reset")).no_own_tokens(),
    ] {
        assert_told(&policy.checked().unwrap_err(), "Policy");
    }
    for policy in [
        issuers(),
        issuers().max_age(std::time::Duration::from_secs(1)),
        Policy::access().fresh(),
        Policy::refresh().any_issuer(),
        Policy::any(),
    ] {
        assert!(policy.checked().is_ok());
    }
}

#[test]
#[should_panic(expected = "this list of names must not contain an empty name")]
fn a_bad_name_outside_a_constant_stops_the_program_when_it_starts() {
    let _ = Policy::access().any_authority(&["a", ""]);
}

#[test]
#[should_panic(expected = "up to four calls")]
fn the_fifth_list_stops_the_program_when_it_starts() {
    let one = |policy: Policy, name| policy.authorities(name);
    let _ = [&["a"], &["b"], &["c"], &["d"], &["e"]]
        .into_iter()
        .fold(Policy::access(), |policy, name| one(policy, name));
}

#[test]
fn four_lists_count() {
    const FOUR: Policy =
        Policy::access().authorities(&["a"]).any_authority(&["b"]).authorities(&["c"]).authorities(&["d"]);
    assert_eq!(lacking(&FOUR, r#""a b c d""#, ""), None);
    for lacks in ["b c d", "a c d", "a b d", "a b c"] {
        assert!(lacking(&FOUR, &format!("\"{lacks}\""), "").is_some(), "{lacks}");
    }
}

#[test]
fn scopes_come_from_the_claims_that_the_configuration_names() {
    let read = Policy::access().any_issuer().scopes(&["read"]);
    let verdict = |jwt: &JwtManager, changes: &[(&str, &str)]| {
        authenticate(jwt, &bearer(&sign(HEADER, payload(changes))), &read)
            .map(drop)
            .map_err(|error| error.kind())
    };
    let own = manager(Config::default().authorities([AuthorityClaim::new("scp")]));
    let iss = ("iss", r#""https://login.example""#);
    let keys = KeySet::single(VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap());
    let issuer = Issuer::new("https://login.example", keys).authorities([AuthorityClaim::new("scp")]);
    let theirs = keyless(Config::default()).trusted_issuer(issuer).build().unwrap();
    for (jwt, issuer) in [(&own, None), (&theirs, Some(iss))] {
        let with = |claim: (&'static str, &'static str)| {
            verdict(jwt, &issuer.into_iter().chain([claim]).collect::<Vec<_>>())
        };
        assert_eq!(with(("scp", r#"["read"]"#)), Ok(()));
        // The claim of RFC 8693 counts as well.
        assert_eq!(with(("scope", r#""x read""#)), Ok(()));
        assert_eq!(with(("permissions", r#"["read"]"#)), Err(ErrorKind::InsufficientScope));
    }
}

#[test]
fn a_role_is_not_a_scope_and_a_scope_is_not_a_role() {
    let scope = Policy::access().scopes(&["role:admin"]);
    let role = Policy::access().authorities(&["role:admin"]);
    // Applications had such scopes and such claims before roles were authorities.
    assert_eq!(lacking(&scope, r#""role:admin""#, ""), None);
    assert_eq!(lacking(&scope, "", r#"["admin"]"#), Some(Some("role:admin".into())));
    assert_eq!(lacking(&role, r#""role:admin""#, ""), Some(None));
    assert_eq!(lacking(&role, "", r#"["admin"]"#), None);
    let many: Vec<_> = (0..100).map(|at| format!("\"r{at}\"")).collect();
    assert!(lacking(&scope, "", &format!("[{},\"admin\"]", many.join(","))).is_some());
}

#[test]
fn roles_of_an_issuer_do_not_count_unless_its_mapping_names_them() {
    let keys = || KeySet::single(VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap());
    let text = sign(HEADER, payload(&[("iss", r#""https://login.example""#), ("roles", r#"["staff"]"#)]));
    let verdict = |issuer: Issuer| {
        let jwt = keyless(Config::default()).trusted_issuer(issuer).build().unwrap();
        authenticate(&jwt, &bearer(&text), &STAFF).is_ok()
    };
    assert!(!verdict(Issuer::new("https://login.example", keys())));
    let mapped = [AuthorityClaim::new("roles").prefix("role:")];
    assert!(verdict(Issuer::new("https://login.example", keys()).authorities(mapped)));
}

#[test]
fn prefixes_decide_what_is_a_scope() {
    let config = Config::default()
        .authorities([AuthorityClaim::new("scope"), AuthorityClaim::new("g").prefix("team:")]);
    // Some prefixes are never those of scopes.
    let policy =
        Policy::access().authorities(&["team:eu", "role:staff", "permission:x", "mail:send", "read"]);
    let error = refused(authenticate(&manager(config), &bearer(&token(&[])), &policy));
    let TokenError::InsufficientScope { required, .. } = error else { panic!("{error:?}") };
    assert_eq!(required.scope(), Some("mail:send read"));
}

#[test]
fn claims_of_the_wrong_type_and_long_ones_grant_nothing_and_cost_little() {
    let many: Vec<_> = (0..10_000).map(|at| format!("\"r{at}\"")).collect();
    let many = format!("[{}]", many.join(","));
    let long = format!("[\"{}\"]", "s".repeat(60_000));
    let jwt = manager(Config::default().max_token_bytes(1 << 20));
    let verdict = |policy: &Policy, roles: &str| {
        authenticate(&jwt, &bearer(&token(&[("roles", roles)])), policy).is_ok()
    };
    for roles in [
        "5",
        "null",
        "true",
        "{}",
        "[[\"staff\"]]",
        r#"[{"staff":1}]"#,
        r#"["st aff"]"#,
        r#""""#,
        &many,
        &long,
    ] {
        assert!(!verdict(&STAFF, roles), "{}", roles.len());
    }
    let last =
        Policy::access().try_any_authority((0..64).rev().map(|at| format!("role:r{}", 9_936 + at))).unwrap();
    assert!(verdict(&last, &many));
    let all = Policy::access().try_authorities((0..64).map(|at| format!("role:r{}", 156 * at))).unwrap();
    assert!(verdict(&all, &many));
    let lead = Policy::access().authorities(&["role:Team Lead"]);
    assert!(verdict(&lead, r#"["Team Lead"]"#) && !verdict(&lead, r#""Team Lead""#));
}

struct Shows;

impl ErrorHandlers for Shows {
    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        let groups = refusal
            .required_authorities()
            .map(|required| required.groups().map(Iterator::collect).collect::<Vec<Vec<_>>>());
        ErrorResponse::json(refusal.default_status(), &json!({ "groups": groups }))
    }
}

#[test]
fn handlers_see_what_was_required() {
    let jwt = with(Shows);
    let error = refused(authenticate(&jwt, &bearer(&token(&[])), &MIXED));
    let groups = json!([["read"], ["role:staff"], ["orders:write", "role:admin"], ["role:eu", "role:us"]]);
    assert_eq!(json_of(&respond(&jwt, &error)), json!({ "groups": groups }));
    let error = refused(authenticate(&jwt, &bearer("x"), &MIXED));
    assert_eq!(json_of(&respond(&jwt, &error)), json!({ "groups": null }));
}

#[test]
fn everything_else_is_decided_before_authorities() {
    let revoking = builder(Config::default()).token_in_blocklist_loader(|_| async { true }).build().unwrap();
    let verdict = |policy: &Policy| refused(authenticate(&revoking, &bearer(&token(&[])), policy)).kind();
    assert_eq!(verdict(&MIXED), ErrorKind::RevokedToken);
    assert_eq!(verdict(&MIXED.fresh()), ErrorKind::NeedsFreshToken);
    let refresh = bearer(&token(&[("type", "\"refresh\"")]));
    assert_eq!(invalid(authenticate(&revoking, &refresh, &MIXED)), InvalidToken::Kind("access"));
}
