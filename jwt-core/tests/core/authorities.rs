//! The authorities that a token gets from its claims.

use jwt_core::keys::{Algorithm, KeySet, VerifyingKey};
use jwt_core::{AuthorityClaim, Config, ConfigError, Issuer, JwtManager, Policy, Token, TokenError};
use tracing::Level;

use crate::building::assert_told;
use crate::support::{
    HEADER, NOW, SECRET, authenticate, bearer, block_on, both, builder, decode, manager, payload, sign, token,
};
use crate::support_keys::{keyless, signing};
use crate::support_log::{Line, logged};

const LOGIN: &str = "https://login.example";

fn login() -> Issuer {
    Issuer::new(LOGIN, KeySet::single(VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap()))
}

/// Returns a token of [`login`], with a claim.
fn of_login(issuer: Issuer, name: &str, json: &str) -> Token {
    let iss = format!("\"{LOGIN}\"");
    let jwt = keyless(Config::default()).trusted_issuer(issuer).build().unwrap();
    jwt.decode(&sign(HEADER, payload(&[("iss", &iss), (name, json)]))).unwrap()
}

fn all(token: &Token) -> Vec<String> {
    token.authorities().iter().map(Into::into).collect()
}

/// Returns the authorities of an own token with this claim.
fn mapped(claims: impl IntoIterator<Item = AuthorityClaim>, name: &str, json: &str) -> Vec<String> {
    all(&decode(Config::default().authorities(claims).max_token_bytes(1 << 20), &[(name, json)]).unwrap())
}

/// Returns the same, and the paths of the claims in debug events. The events never contain `hidden`.
fn told(
    claims: impl IntoIterator<Item = AuthorityClaim>,
    name: &str,
    json: &str,
) -> (Vec<String>, Vec<String>) {
    let (found, lines) = logged(|| mapped(claims, name, json));
    assert!(!format!("{lines:?}").contains("hidden"), "{lines:?}");
    let of_claim = lines.iter().filter(|line| !line.claim().is_empty());
    let of_claim = of_claim.inspect(|line| assert_eq!(line.level(), Level::DEBUG));
    (found, of_claim.map(Line::claim).map(Into::into).collect())
}

fn roles() -> AuthorityClaim {
    AuthorityClaim::nested(["realm_access", "roles"]).prefix("role:")
}

#[test]
fn by_default_the_authorities_are_the_scopes() {
    let names =
        ["read", "write", "write read", "", " ", "x y", "reader", "READ", "a\u{a0}b", "role:admin", "5"];
    for scope in [
        "",
        "\"\"",
        "\"read\"",
        "\"write read\"",
        r#""write  read ""#,
        r#""\u0072ead wri\u0074e""#,
        r#"["write","read"]"#,
        r#"["read",5,null,["write"]]"#,
        r#"["write read", "", "x y", "x"]"#,
        "\"role:admin\"",
        "\"a\u{a0}b\"",
        "\"READ\"",
        "\"read,write\"",
        r#"[["read"]]"#,
        "5",
        "null",
        r#"{"read":true}"#,
    ] {
        let own = both().map(|config| decode(config, &[("scope", scope)]).unwrap());
        let alone = decode(
            Config::default().authorities([AuthorityClaim::new("scope"), roles()]),
            &[("scope", scope)],
        );
        let own = own.into_iter().chain([alone.unwrap()]);
        for token in own.chain([of_login(login(), "scope", scope)]) {
            for name in names {
                // A scope cannot look like a role.
                let expected = token.has_scope(name) && !name.starts_with("role:");
                assert_eq!(token.has_authority(name), expected, "{scope} {name}");
                assert_eq!(token.authorities().has(name), token.has_authority(name));
            }
            assert!(all(&token).iter().all(|name| token.has_scope(name)), "{scope}");
        }
    }
    // Only a mapping for `scp` reads it.
    for token in
        [decode(Config::default(), &[("scp", "\"read\"")]).unwrap(), of_login(login(), "scp", r#"["read"]"#)]
    {
        assert!(token.authorities().is_empty() && !token.has_scope("read"));
    }
}

#[test]
fn the_shapes_of_the_field_are_read() {
    let new = AuthorityClaim::new;
    let nested = |path: &[&str]| AuthorityClaim::nested(path.iter().copied());
    for (claim, name, json, expected) in [
        (new("scope"), "scope", r#""openid items:read""#, &["openid", "items:read"][..]),
        (new("scp"), "scp", r#""Files.Read User.Read""#, &["Files.Read", "User.Read"]),
        (new("scp"), "scp", r#"["items:read"]"#, &["items:read"]),
        (
            new("permissions").prefix("permission:"),
            "permissions",
            r#"["a:b","c"]"#,
            &["permission:a:b", "permission:c"],
        ),
        (new("roles").prefix("role:"), "roles", r#"["Sales Manager"]"#, &["role:Sales Manager"]),
        (new("groups").prefix("group:"), "groups", r#"["/a/b"]"#, &["group:/a/b"]),
        (new("cognito:groups").prefix("group:"), "cognito:groups", r#"["x"]"#, &["group:x"]),
        (
            new("https://example.com/roles").prefix("role:"),
            "https://example.com/roles",
            r#"["x"]"#,
            &["role:x"],
        ),
        (new("role").prefix("role:"), "role", r#""authenticated""#, &["role:authenticated"]),
        (roles(), "realm_access", r#"{"roles":["user","admin"]}"#, &["role:user", "role:admin"]),
        (
            nested(&["resource_access", "my.api", "roles"]).prefix("role:"),
            "resource_access",
            r#"{"my":{"api":{"roles":["no"]}},"my.api":{"roles":["yes"]}}"#,
            &["role:yes"],
        ),
        (nested(&["o", "rol"]).prefix("role:"), "o", r#"{"id":"org","rol":"admin"}"#, &["role:admin"]),
        (
            new("urn:zitadel:iam:org:project:1:roles").prefix("role:").member_names(),
            "urn:zitadel:iam:org:project:1:roles",
            r#"{"admin":{"5":"a.example"},"us\u0065r":null,"":1}"#,
            &["role:admin", "role:user"],
        ),
    ] {
        assert_eq!(
            told([claim], name, json),
            (expected.iter().map(|name| (*name).into()).collect(), Vec::new()),
            "{name}"
        );
    }
    // A dot in a name is not a path.
    assert_eq!(mapped([new("realm_access.roles")], "realm_access", r#"{"roles":["a"]}"#), [""; 0]);
    assert_eq!(mapped([new("realm_access.roles")], "realm_access.roles", "\"a\""), ["a"]);
}

#[test]
fn several_claims_add_up() {
    let claims = [AuthorityClaim::new("scope"), AuthorityClaim::new("scp"), roles()];
    let client = AuthorityClaim::nested(["resource_access", "api", "roles"]).prefix("role:");
    let config = Config::default().authorities(claims.clone()).authorities([client, roles()]);
    let changes = [
        ("resource_access", r#"{"api":{"roles":["b","a"]}}"#),
        ("realm_access", r#"{"roles":["a"]}"#),
        ("scp", r#"["w"]"#),
        ("scope", "\"r\""),
    ];
    let token = decode(config, &changes).unwrap();
    assert_eq!(all(&token), ["r", "w", "role:a", "role:b", "role:a"]);
    assert_eq!(token.authorities().len(), 5);
    assert!(!token.authorities().is_empty());
    for (name, has) in
        [("role:a", true), ("a", false), ("role:", false), ("role:A", false), ("", false), ("r", true)]
    {
        assert_eq!(token.has_authority(name), has, "{name}");
    }
}

#[test]
fn a_missing_claim_adds_nothing_and_a_wrong_type_is_reported() {
    let list = || roles();
    let names = || roles().member_names();
    let path = [r#"["realm_access", "roles"]"#.to_owned()];
    for json in
        ["", "{}", r#"{"other":["hidden"]}"#, r#"{"roles":[]}"#, r#"{"roles":""}"#, r#"{"roles":" "}"#]
    {
        assert_eq!(told([list()], "realm_access", json), (Vec::new(), Vec::new()), "{json}");
    }
    assert_eq!(told([names()], "realm_access", r#"{"roles":{}}"#), (Vec::new(), Vec::new()));
    for json in ["null", "5", "\"hidden\"", r#"["hidden"]"#, "true"] {
        for claim in [list(), names()] {
            assert_eq!(told([claim], "realm_access", json), (Vec::new(), path.to_vec()), "{json}");
            let roles = format!(r#"{{"roles":{json}}}"#);
            if json == "5" || json == "null" || json == "true" {
                assert_eq!(told([list()], "realm_access", &roles), (Vec::new(), path.to_vec()), "{json}");
            }
            assert_eq!(told([names()], "realm_access", &roles), (Vec::new(), path.to_vec()), "{json}");
        }
    }
    let object = r#"{"roles":{"hidden":["hidden"]}}"#;
    assert_eq!(told([list()], "realm_access", object), (Vec::new(), path.to_vec()));
    // One event, whatever the number of wrong values.
    let mixed = r#"{"roles":["a",5,null,true,["hidden"],{"hidden":1},"b"]}"#;
    assert_eq!(
        told([list()], "realm_access", mixed),
        (vec!["role:a".into(), "role:b".into()], path.to_vec())
    );
}

#[test]
fn a_name_cannot_pose_as_one_of_another_claim() {
    let claims = || [AuthorityClaim::new("scope"), roles(), AuthorityClaim::new("groups").prefix("group:")];
    for (json, expected) in [
        ("\"read role:hidden\"", &["read"][..]),
        (r#"["read","role:hidden"]"#, &["read"]),
        (r#""rol\u0065:hidden role: group:hidden rol role read""#, &["rol", "role", "read"]),
    ] {
        let (found, events) = told(claims(), "scope", json);
        assert_eq!(
            (found, events.len()),
            (expected.iter().map(|name| (*name).into()).collect(), 1),
            "{json}"
        );
        assert_eq!(events, [r#"["scope"]"#]);
    }
    let posing = r#"{"role:hidden":1,"write":2}"#;
    let scopes = AuthorityClaim::new("scopes").member_names();
    assert_eq!(told([scopes, roles()], "scopes", posing).0, ["write"]);
    // With a prefix, it is clear which claim it comes from.
    assert_eq!(mapped(claims(), "groups", r#"["role:admin"]"#), ["group:role:admin"]);
    // No scope is a role, a group, or a permission, whether or not a claim has that prefix.
    for name in ["role:admin", "group:staff", "permission:write"] {
        let found = mapped([AuthorityClaim::new("scope")], "scope", &format!("\"{name} roles:x\""));
        assert_eq!(found, ["roles:x"], "{name}");
    }
    // What a mapping calls a scope does not contain a space.
    let (found, events) = told(claims(), "scope", r#"["a hidden","b"]"#);
    assert_eq!((found, events.len()), (vec!["b".into()], 1));
}

fn refused(claims: impl IntoIterator<Item = AuthorityClaim> + Clone) -> ConfigError {
    let of_issuer = login().authorities(claims.clone());
    let error = keyless(Config::default()).trusted_issuer(of_issuer).build().unwrap_err();
    assert_told(&error, "Issuer::authorities");
    let error = builder(Config::default().authorities(claims)).build().unwrap_err();
    assert_told(&error, "authorities");
    error
}

#[test]
fn a_mapping_that_is_not_clear_is_an_error() {
    let claim = AuthorityClaim::new;
    for (one, other) in [("role:", "role:admin:"), ("role", "role:"), ("r", "role:"), ("x", "xx")] {
        let error = refused([claim("a").prefix(other), claim("b").prefix(one)]);
        assert!(error.to_string().contains("prefix"), "{error}");
        let _ = refused([claim("b").prefix(one), claim("c"), claim("a").prefix(other)]);
    }
    for (one, other) in [("role:", "role:"), ("", "role:"), ("role:", "Role:"), ("role:", "x:role:")] {
        let config = Config::default().authorities([claim("a").prefix(one), claim("b").prefix(other)]);
        assert!(builder(config).build().is_ok(), "{one} {other}");
    }
    let path = |names: usize| AuthorityClaim::nested(vec!["a"; names]);
    for bad in [path(0), path(9), claim(""), AuthorityClaim::nested(["a", ""])] {
        assert!(refused([claim("scope"), bad]).to_string().contains("one to eight names"));
    }
    assert!(builder(Config::default().authorities([path(8)])).build().is_ok());
    let many = |count: usize| (0..count).map(|at| AuthorityClaim::new(format!("claim{at}")));
    assert!(refused(many(17)).to_string().contains("16 claims"));
    // A claim that is named twice counts once.
    assert!(builder(Config::default().authorities(many(16)).authorities(many(16))).build().is_ok());
}

#[test]
fn hostile_shapes_cost_no_more_than_their_length() {
    let many: Vec<_> = (0..10_000).map(|at| format!("\"r{at}\"")).collect();
    let found = mapped([roles()], "realm_access", &format!(r#"{{"roles":[{}]}}"#, many.join(",")));
    assert_eq!((found.len(), found[9_999].as_str()), (10_000, "role:r9999"));
    let wrong = format!(r#"{{"roles":[{}]}}"#, vec!["5"; 10_000].join(","));
    assert_eq!(told([roles()], "realm_access", &wrong).1.len(), 1);
    let posing = format!("\"{}\"", vec!["role:hidden"; 10_000].join(" "));
    assert_eq!(told([AuthorityClaim::new("scope"), roles()], "scope", &posing).1.len(), 1);

    let long = "x".repeat(60_000);
    for (json, name) in [
        (r#""a\"b\u0000\u001b\n\\c""#.to_owned(), "a\"b\0\u{1b}\n\\c".to_owned()),
        (format!("\"{long}\""), long.clone()),
        ("\"\u{1f980}é\"".into(), "\u{1f980}é".into()),
        ("\"a  b \"".into(), "a  b ".into()),
    ] {
        let roles_json = format!(r#"{{"roles":[{json}]}}"#);
        assert_eq!(mapped([roles()], "realm_access", &roles_json), [format!("role:{name}")]);
        let named = format!(r#"{{"roles":{{{json}:{{}}}}}}"#);
        assert_eq!(mapped([roles().member_names()], "realm_access", &named), [format!("role:{name}")]);
    }

    let deep = format!(r#"{{"roles":["a",{}{}]}}"#, "[".repeat(120), "]".repeat(120));
    assert_eq!(mapped([roles()], "realm_access", &deep), ["role:a"]);
    let mut nested = "\"a\"".to_owned();
    for _ in 0..7 {
        nested = format!(r#"{{"x":{nested},"y":{{}}}}"#);
    }
    assert_eq!(mapped([AuthorityClaim::nested(["x"; 8])], "x", &nested), ["a"]);
    assert_eq!(mapped([AuthorityClaim::nested(["x"; 7])], "x", &nested), [""; 0]);
}

#[test]
fn a_name_that_occurs_twice_decides_nothing() {
    for twice in [
        r#"{"roles":["a"],"roles":["hidden"]}"#,
        r#"{"roles":["a"],"\u0072oles":["hidden"]}"#,
        r#"{"roles":{"a":1,"a":2}}"#,
    ] {
        for claim in [roles(), roles().member_names()] {
            assert_eq!(told([claim], "realm_access", twice).0, [""; 0], "{twice}");
        }
    }
    // Twice in the payload itself makes the token invalid.
    let twice = payload(&[]).replacen('{', r#"{"roles":["a"],"roles":["b"],"#, 1);
    assert!(manager(Config::default()).decode(&sign(HEADER, twice)).is_err());
}

#[test]
fn an_issuer_has_a_mapping_of_its_own() {
    let claims = r#"{"roles":["admin"]}"#;
    let by_roles = || login().authorities([roles()]);
    assert_eq!(all(&of_login(by_roles(), "realm_access", claims)), ["role:admin"]);
    assert_eq!(
        all(&of_login(by_roles(), "scope", "\"read\"")),
        [""; 0],
        "the first call replaces the default"
    );
    let both = by_roles().authorities([AuthorityClaim::new("scope")]);
    assert_eq!(all(&of_login(both, "scope", "\"read\"")), ["read"]);
    for none in [login().no_authorities(), login().authorities([]), by_roles().no_authorities()] {
        let token = of_login(none.clone(), "scope", "\"read\"");
        assert!(token.authorities().is_empty() && !token.has_authority("read"));
        assert!(of_login(none, "realm_access", claims).authorities().is_empty());
    }
    let anew = login().no_authorities().authorities([AuthorityClaim::new("scope")]);
    assert_eq!(all(&of_login(anew, "scope", "\"read\"")), ["read"]);
    // The configuration concerns own tokens alone.
    let jwt = keyless(Config::default().authorities([roles()])).trusted_issuer(login()).build().unwrap();
    let iss = format!("\"{LOGIN}\"");
    let token = jwt.decode(&sign(HEADER, payload(&[("iss", &iss), ("realm_access", claims)]))).unwrap();
    assert!(token.authorities().is_empty());
}

fn accepts(jwt: &JwtManager, policy: &Policy, scope: &str) -> bool {
    authenticate(jwt, &bearer(&token(&[("scope", scope)])), policy).is_ok()
}

#[test]
fn policies_go_on_reading_scope() {
    let jwt = manager(Config::default().authorities([roles()]));
    let policy = Policy::access().scopes(&["read"]);
    assert!(accepts(&jwt, &policy, "\"read\"") && !accepts(&jwt, &policy, "\"write\""));
    let view = bearer(&token(&[("realm_access", r#"{"roles":["read"]}"#)]));
    assert!(authenticate(&jwt, &view, &policy).is_err());
}

#[test]
fn authorities_are_claims_and_stay_secret() {
    let config = Config::default().authorities([roles()]);
    let expired = NOW.to_string();
    let changes = [("realm_access", r#"{"roles":["hidden"]}"#), ("exp", &*expired)];
    let Err(TokenError::Expired(token)) = decode(config, &changes) else { panic!("it has expired") };
    assert!(token.clone().has_authority("role:hidden"));
    assert!(!format!("{:?}", token.authorities()).contains("hidden"));
    assert_eq!(format!("{:?}", token.authorities().clone()), format!("{:?}", token.authorities()));
}

#[test]
fn a_scope_of_an_issuer_does_not_pose_as_an_own_authority() {
    const TEAM: Policy = Policy::access().issuers(&[LOGIN]).authorities(&["team:a"]);
    const STAFF: Policy = Policy::access().issuers(&[LOGIN]).authorities(&["role:staff"]);
    let teams = [AuthorityClaim::new("scope"), AuthorityClaim::new("teams").prefix("team:")];
    let own = || keyless(Config::default().authorities(teams.clone())).key_pair(signing(Algorithm::ES256));
    for issuer in [login(), login().authorities([AuthorityClaim::new("scope"), AuthorityClaim::new("scp")])] {
        let jwt = own().trusted_issuer(issuer).build().unwrap();
        let token = |name: &str| {
            let iss = format!("\"{LOGIN}\"");
            sign(HEADER, payload(&[("iss", &iss), ("scope", &format!("\"read {name}\""))]))
        };
        for (policy, name) in [(TEAM, "team:a"), (STAFF, "role:staff")] {
            let error = refused_by(&jwt, &token(name), &policy);
            let TokenError::InsufficientScope { token, required } = &error else { panic!("{error:?}") };
            assert!(token.has_scope(name) && !token.has_authority(name));
            // The client must not ask for a scope of that name.
            assert_eq!(required.scope(), None, "{name}");
        }
    }
}

#[test]
fn no_role_implies_a_scope_with_the_name_of_a_role() {
    const SCOPE: Policy = Policy::access().scopes(&["role:staff"]);
    const ROLE: Policy = Policy::access().authorities(&["role:staff"]);
    let config = Config::default().authority_hierarchy([("role:boss", ["role:staff"])]);
    let jwt = keyless(config).key_pair(signing(Algorithm::ES256)).build().unwrap();
    let boss = jwt.access_token("alice").roles(["boss"]).encode().unwrap();
    assert!(block_on(jwt.verify(&boss, &ROLE)).is_ok());
    assert!(block_on(jwt.verify(&boss, &SCOPE)).is_err());
    let scope = jwt.access_token("alice").scopes(["role:staff"]).encode();
    assert!(scope.is_err() || block_on(jwt.verify(&scope.unwrap(), &SCOPE)).is_ok());
}

fn refused_by(jwt: &JwtManager, token: &str, policy: &Policy) -> TokenError {
    block_on(jwt.verify(token, policy)).expect_err("it lacks the authority")
}
