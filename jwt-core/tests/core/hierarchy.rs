//! Authorities that include others.

use jwt_core::{Config, Policy};
use serde_json::json;

use crate::building::assert_told;
use crate::support::{authenticate, bearer, builder, manager, token};

fn permits(config: &Config, held: &str, required: &[&str]) -> bool {
    let view = bearer(&token(&[("scope", &format!("\"{held}\"")), ("roles", "[\"boss\"]")]));
    let policy = Policy::access().try_authorities(required.iter().copied()).unwrap();
    authenticate(&manager(config.clone()), &view, &policy).is_ok()
}

fn table() -> Config {
    Config::default().authority_hierarchy([
        ("admin", vec!["write", "audit"]),
        ("write", vec!["read"]),
        ("role:boss", vec!["fire"]),
    ])
}

#[test]
fn an_authority_includes_all_that_the_table_says() {
    for (held, required, passes) in [
        ("admin", &["admin"][..], true),
        ("admin", &["write"], true),
        ("admin", &["read"], true),
        ("admin", &["audit", "read", "write"], true),
        ("write", &["read"], true),
        ("write", &["audit"], false),
        ("write", &["admin"], false),
        ("read", &["write"], false),
        ("x", &["fire"], true),
        ("x", &["role:boss", "fire"], true),
        ("adm", &["read"], false),
        ("admin", &["reader"], false),
    ] {
        assert_eq!(permits(&table(), held, required), passes, "{held} {required:?}");
    }
    assert!(!permits(&Config::default(), "admin", &["read"]));
    // Any-of lists, and tokens with many authorities, are the same.
    let many: Vec<_> = (0..1_000).map(|at| format!("s{at}")).collect();
    let many = format!("{} admin", many.join(" "));
    assert!(permits(&table(), &many, &["read", "fire"]) && !permits(&table(), &many, &["s1000"]));
    let view = bearer(&token(&[("scope", "\"write\"")]));
    let any = Policy::access().any_authority(&["nothing", "read"]);
    assert!(authenticate(&manager(table()), &view, &any).is_ok());
}

#[test]
fn the_token_itself_stays_as_it_was() {
    let jwt = manager(table());
    let token = jwt.decode(&jwt.access_token("alice").scopes(["admin"]).encode().unwrap()).unwrap();
    assert_eq!(token.claims()["scope"], "admin");
    assert!(!token.has_authority("read") && !token.has_scope("read"));
}

#[test]
fn calls_and_entries_add_up() {
    let twice = table().authority_hierarchy([("write", ["list"]), ("list", ["count"])]);
    assert!(permits(&twice, "admin", &["read", "list", "count"]));
    // Two ways to the same name are not a circle.
    let diamond =
        Config::default().authority_hierarchy([("a", vec!["b", "c"]), ("b", vec!["d"]), ("c", vec!["d"])]);
    assert!(
        permits(&diamond, "a", &["d"]) && permits(&diamond, "c", &["d"]) && !permits(&diamond, "c", &["b"])
    );
}

#[test]
fn a_table_that_cannot_be_meant_is_an_error() {
    let many: Vec<_> = (0..256).map(|at| (format!("n{at}"), [format!("n{}", at + 1)])).collect();
    for (bad, why) in [
        (json!({"a": ["a"]}), "circle"),
        (json!({"a": ["b"], "b": ["a"]}), "circle"),
        (json!({"x": ["a"], "a": ["b"], "b": ["y", "c"], "c": ["a"]}), "circle"),
        (json!({"a": []}), "includes nothing"),
        (json!({"": ["a"]}), "empty"),
        (json!({"a": [""]}), "empty"),
        (json!({"a": ["b\"c"]}), "quotation mark"),
        (json!({"a\n": ["b"]}), "control character"),
        (json!({"a": ["x".repeat(257)]}), "256 bytes"),
    ] {
        let config = serde_json::from_value(json!({ "authority_hierarchy": bad })).unwrap();
        let error = builder(config).build().unwrap_err();
        assert_told(&error, "authority_hierarchy");
        assert!(error.to_string().contains(why), "{bad}: {error}");
    }
    let chain = |length: usize| Config::default().authority_hierarchy(many.iter().take(length).cloned());
    let error = builder(chain(256)).build().unwrap_err();
    assert!(error.to_string().contains("256 names"), "{error}");
    assert!(permits(&chain(255), "n0", &["n255"]) && !permits(&chain(255), "n1", &["n0"]));
}

#[test]
fn a_matcher_decides_about_pairs() {
    let jwt = builder(table())
        .authority_matcher(|held, required| {
            held.strip_suffix('*').is_some_and(|start| required.starts_with(start))
        })
        .build()
        .unwrap();
    let permits = |scope: &str, required: &'static str| {
        let view = bearer(&token(&[("scope", &format!("\"{scope}\"")), ("roles", "[\"*\"]")]));
        let policy = Policy::access().try_any_authority(["nothing", required]).unwrap();
        authenticate(&jwt, &view, &policy).is_ok()
    };
    assert!(permits("orders:*", "orders:read") && permits("x orders:*", "orders:write"));
    assert!(!permits("orders:*", "users:read") && !permits("orders:", "orders:read"));
    // Both names have their prefix.
    assert!(permits("x", "role:anything") && !permits("x", "anything"));
    // The table is still there, and the two do not combine.
    assert!(permits("write", "read") && !permits("writ*", "read"));
    // Without one, a star is a character like any other.
    let view = bearer(&token(&[("scope", "\"orders:*\"")]));
    assert!(
        authenticate(&manager(Config::default()), &view, &Policy::access().scopes(&["orders:read"])).is_err()
    );
}
