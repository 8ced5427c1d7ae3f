//! The scopes that a policy requires.

use jwt_core::{Config, ErrorKind, Policy, TokenError};

use crate::support::{authenticate, bearer, both, builder, decode, manager, refused, token};

/// Returns the scopes that would have been accepted, or `None` if the token has them.
fn lacking(config: &Config, policy: &Policy, scope: &str) -> Option<String> {
    let view = bearer(&token(&[("scope", scope)]));
    match authenticate(&manager(config.clone()), &view, policy) {
        Ok(_) => None,
        Err(TokenError::InsufficientScope { required, token }) => {
            assert_eq!(token.identity(), "alice");
            Some(required.scope().unwrap().to_owned())
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_scope_is_a_name_among_those_in_a_text_or_a_list() {
    const READ: Policy = Policy::access().scopes(&["read"]);
    for config in both() {
        for scope in ["\"read\"", "\"write read\"", r#"["write","read"]"#, r#"["read",5]"#, r#""\u0072ead""#]
        {
            assert_eq!(lacking(&config, &READ, scope), None, "{scope}");
        }
        for scope in [
            "",
            "\"\"",
            "\"write\"",
            "\"reader\"",
            "\"READ\"",
            "\"read,write\"",
            "[]",
            r#"["write read"]"#,
            r#"[["read"]]"#,
            "5",
            "null",
            "true",
            r#"{"read":true}"#,
        ] {
            assert_eq!(lacking(&config, &READ, scope).as_deref(), Some("read"), "{scope}");
        }
    }
}

#[test]
fn every_scope_is_required_and_all_are_reported() {
    const BOTH: Policy = Policy::access().scopes(&["read", "write"]);
    let three = BOTH.require_scope(String::from("tenant:7")).require_scope("x");
    let config = Config::default();
    assert_eq!(lacking(&config, &BOTH, "\"write read\""), None);
    for scope in ["\"read\"", "\"write\"", "\"\""] {
        assert_eq!(lacking(&config, &BOTH, scope).as_deref(), Some("read write"), "{scope}");
    }
    assert_eq!(lacking(&config, &three, "\"x tenant:7 write read\""), None);
    for scope in ["\"read write x\"", "\"read write tenant:7\"", "\"tenant:7 x\""] {
        assert_eq!(lacking(&config, &three, scope).as_deref(), Some("read write tenant:7 x"), "{scope}");
    }
}

#[test]
fn a_scope_added_to_a_copy_of_a_policy_leaves_the_first_as_it_was() {
    let first = Policy::access().require_scope("read");
    let second = first.clone().require_scope("write");
    let config = Config::default();
    assert_eq!(lacking(&config, &first, "\"read\""), None);
    assert_eq!(lacking(&config, &second, "\"read\"").as_deref(), Some("read write"));
}

#[test]
fn without_a_scope_in_the_policy_the_claim_does_not_matter() {
    for config in both() {
        for scope in ["", "5", "null", "\"read\""] {
            assert_eq!(lacking(&config, &Policy::access(), scope), None, "{scope}");
        }
    }
}

#[test]
fn a_token_answers_for_its_scopes() {
    let token = decode(Config::default(), &[("scope", "\"read write\"")]).unwrap();
    assert!(token.has_scope("read") && token.has_scope("write"));
    assert!(!token.has_scope("read write") && !token.has_scope("rea"));
}

#[test]
fn scopes_are_judged_with_and_without_a_future() {
    let policy = Policy::access().scopes(&["admin"]);
    let view = bearer(&token(&[("scope", "\"read\"")]));
    let jwt = manager(Config::default());
    let now = jwt.complete_now(jwt.check(&view, &policy).unwrap()).expect("no loader");
    assert_eq!(refused(now).kind(), ErrorKind::InsufficientScope);
    let asking = builder(Config::default()).token_in_blocklist_loader(|_| async { false }).build().unwrap();
    assert_eq!(refused(authenticate(&asking, &view, &policy)).kind(), ErrorKind::InsufficientScope);
}

#[test]
fn a_scope_is_one_name_without_spaces() {
    let token = decode(Config::default(), &[("scope", r#""x  y""#)]).unwrap();
    assert!(token.has_scope("x") && token.has_scope("y"));
    assert!(!token.has_scope("") && !token.has_scope("x  y"));
    let token = decode(Config::default(), &[("scope", r#"["x y", ""]"#)]).unwrap();
    assert!(!token.has_scope("x y") && !token.has_scope(""));
}
