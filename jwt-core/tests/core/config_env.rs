//! Options from the environment.

use std::ffi::OsString;

use jwt_core::{Config, ConfigError, Location, SameSite};
use serde_json::{Value, json};

use crate::building::assert_told;
use crate::config_data::{assert_same, every_field};
use crate::support::{manager, secs, text_of};

/// The options of flask-jwt-extended, except for keys, with the names of their variables.
const VARIABLES: [&str; 40] = [
    "JWT_TOKEN_LOCATION",
    "JWT_ALGORITHM",
    "JWT_DECODE_ALGORITHMS",
    "JWT_ACCESS_TOKEN_EXPIRES",
    "JWT_REFRESH_TOKEN_EXPIRES",
    "JWT_IDENTITY_CLAIM",
    "JWT_ENCODE_AUDIENCE",
    "JWT_DECODE_AUDIENCE",
    "JWT_ENCODE_ISSUER",
    "JWT_DECODE_ISSUER",
    "JWT_DECODE_LEEWAY",
    "JWT_ENCODE_NBF",
    "JWT_VERIFY_SUB",
    "JWT_ERROR_MESSAGE_KEY",
    "JWT_HEADER_NAME",
    "JWT_HEADER_TYPE",
    "JWT_QUERY_STRING_NAME",
    "JWT_QUERY_STRING_VALUE_PREFIX",
    "JWT_JSON_KEY",
    "JWT_REFRESH_JSON_KEY",
    "JWT_ACCESS_COOKIE_NAME",
    "JWT_REFRESH_COOKIE_NAME",
    "JWT_ACCESS_COOKIE_PATH",
    "JWT_REFRESH_COOKIE_PATH",
    "JWT_COOKIE_SECURE",
    "JWT_COOKIE_DOMAIN",
    "JWT_COOKIE_SAMESITE",
    "JWT_SESSION_COOKIE",
    "JWT_COOKIE_CSRF_PROTECT",
    "JWT_CSRF_METHODS",
    "JWT_CSRF_IN_COOKIES",
    "JWT_CSRF_CHECK_FORM",
    "JWT_ACCESS_CSRF_COOKIE_NAME",
    "JWT_REFRESH_CSRF_COOKIE_NAME",
    "JWT_ACCESS_CSRF_COOKIE_PATH",
    "JWT_REFRESH_CSRF_COOKIE_PATH",
    "JWT_ACCESS_CSRF_FIELD_NAME",
    "JWT_REFRESH_CSRF_FIELD_NAME",
    "JWT_ACCESS_CSRF_HEADER_NAME",
    "JWT_REFRESH_CSRF_HEADER_NAME",
];

fn with(name: &str, value: &str) -> Config {
    Config::default().with_vars([(name, value)]).unwrap()
}

fn why(name: &str, value: &str) -> ConfigError {
    let error = Config::default().with_vars([(name, value)]).expect_err(name);
    assert_told(&error, name);
    assert!(matches!(error, ConfigError::Variable { .. }));
    error
}

fn variable_of(option: &str) -> String {
    match option {
        "cookie_same_site" => "JWT_COOKIE_SAMESITE".into(),
        option => format!("JWT_{}", option.to_uppercase()),
    }
}

#[test]
fn every_option_of_flask_jwt_extended_has_its_variable() {
    let mut seen = 0;
    for (option, value, expected) in every_field() {
        let variable = variable_of(option);
        if !VARIABLES.contains(&&*variable) {
            continue;
        }
        seen += 1;
        assert_same(&with(&variable, &value.to_string()), &expected, &json!(variable));
        if let Value::String(text) = &value {
            assert_same(&with(&variable, text), &expected, &json!(variable));
        }
    }
    assert_eq!(seen, VARIABLES.len());
}

#[test]
fn the_table_of_the_documentation_is_complete() {
    let documentation = include_str!("../../src/config/env.rs");
    for variable in VARIABLES {
        assert!(documentation.contains(&format!("/// | `{variable}` | ")), "{variable}");
    }
    assert_eq!(documentation.matches("/// | `JWT_").count(), VARIABLES.len());
}

#[test]
fn variables_overlay_what_the_program_says() {
    let base = Config::flask_compatible().max_token_bytes(99).decode_audience(["old"]);
    let vars = [
        ("JWT_COOKIE_SECURE", "true"),
        ("JWT_DECODE_AUDIENCE", "new"),
        ("PATH", "/bin"),
        ("JWTX", "1"),
        ("jwt_cookie_secure", "1"),
    ];
    let found = base.clone().with_vars(vars).unwrap();
    assert_same(&found, &base.cookie_secure(true).decode_audience(["new"]), &json!("overlay"));
    let none: [(&str, &str); 0] = [];
    assert_same(&Config::default().with_vars(none).unwrap(), &Config::default(), &json!("none"));
    let twice = [("JWT_HEADER_TYPE", "a"), ("JWT_HEADER_TYPE", "b")];
    assert_same(
        &Config::default().with_vars(twice).unwrap(),
        &Config::default().header_type("b"),
        &json!("twice"),
    );
    // The real environment of this process, whatever it contains.
    let text = |config: Result<Config, ConfigError>| format!("{config:?}");
    assert_eq!(text(Config::default().with_env()), text(Config::default().with_vars(std::env::vars_os())));
}

#[test]
fn words_of_python_are_those_of_json() {
    for (name, value, expected) in [
        ("JWT_COOKIE_SECURE", "False", Config::default().cookie_secure(false)),
        ("JWT_COOKIE_SECURE", "false", Config::default().cookie_secure(false)),
        ("JWT_CSRF_CHECK_FORM", "True", Config::default().csrf_check_form(true)),
        ("JWT_ACCESS_TOKEN_EXPIRES", "False", Config::default().insecure_access_never_expires()),
        ("JWT_REFRESH_TOKEN_EXPIRES", "false", Config::default().insecure_refresh_never_expires()),
        ("JWT_ACCESS_TOKEN_EXPIRES", "0.5", Config::default().access_token_expires(secs(1) / 2)),
        ("JWT_HEADER_TYPE", "None", Config::default().header_type("")),
        ("JWT_HEADER_TYPE", "", Config::default().header_type("")),
        ("JWT_HEADER_TYPE", r#"["Bearer", "JWT"]"#, Config::default().header_types(["Bearer", "JWT"])),
        ("JWT_QUERY_STRING_VALUE_PREFIX", "Bearer ", Config::default().query_string_value_prefix("Bearer ")),
        ("JWT_QUERY_STRING_VALUE_PREFIX", "\"[\"", Config::default().query_string_value_prefix("[")),
        ("JWT_TOKEN_LOCATION", "cookies", Config::default().token_location([Location::Cookie])),
        ("JWT_TOKEN_LOCATION", r#" ["json"] "#, Config::default().token_location([Location::Json])),
        // Here, `None` is the attribute's value and not Python's `None`.
        ("JWT_COOKIE_SAMESITE", "None", Config::default().cookie_same_site(SameSite::None)),
        ("JWT_COOKIE_SAMESITE", "null", Config::default().cookie_same_site(None)),
    ] {
        assert_same(&with(name, value), &expected, &json!([name, value]));
    }
    let domain = Config::default().cookie_domain("example.com");
    for value in ["None", "null", ""] {
        let found = domain.clone().with_vars([("JWT_COOKIE_DOMAIN", value)]).unwrap();
        assert_same(&found, &Config::default(), &json!(value));
    }
}

#[test]
fn bad_values_are_reported_but_not_shown() {
    for (name, value) in [
        ("JWT_ACCESS_TOKEN_EXPIRES", "15 minutes"),
        ("JWT_ACCESS_TOKEN_EXPIRES", "-5"),
        ("JWT_ACCESS_TOKEN_EXPIRES", "None"),
        ("JWT_ACCESS_TOKEN_EXPIRES", "True"),
        ("JWT_ACCESS_TOKEN_EXPIRES", ""),
        ("JWT_ACCESS_TOKEN_EXPIRES", "1e999"),
        ("JWT_DECODE_LEEWAY", "False"),
        ("JWT_COOKIE_SECURE", "yes"),
        ("JWT_COOKIE_SECURE", "1"),
        ("JWT_COOKIE_SECURE", "TRUE"),
        ("JWT_COOKIE_SECURE", ""),
        ("JWT_ALGORITHM", "none"),
        ("JWT_ALGORITHM", "ES512"),
        ("JWT_DECODE_ALGORITHMS", "HS256"),
        ("JWT_TOKEN_LOCATION", "headers,cookies"),
        ("JWT_TOKEN_LOCATION", "['headers']"),
        ("JWT_DECODE_AUDIENCE", "['api', 'web']"),
        ("JWT_DECODE_ISSUER", "\"me"),
        ("JWT_CSRF_METHODS", "POST,PUT"),
        ("JWT_CSRF_METHODS", "None"),
        ("JWT_COOKIE_SAMESITE", "lax"),
        ("JWT_IDENTITY_CLAIM", "5"),
        ("JWT_JSON_KEY", "{"),
    ] {
        let text = why(name, value).to_string();
        assert!(text.contains(": write "), "{text}");
        assert!(value.len() < 8 || !text.contains(value), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn text_that_is_not_utf_8_is_rejected_if_it_matters() {
    use std::os::unix::ffi::OsStringExt;

    let bad = || OsString::from_vec(b"a\xff".to_vec());
    let error = Config::default().with_vars([(OsString::from("JWT_HEADER_TYPE"), bad())]).unwrap_err();
    assert_told(&error, "JWT_HEADER_TYPE");
    assert!(Config::default().with_vars([(OsString::from("OTHER"), bad()), (bad(), bad())]).is_ok());
}

#[test]
fn keys_are_left_alone() {
    for name in ["JWT_SECRET_KEY", "JWT_PRIVATE_KEY", "JWT_PUBLIC_KEY", "JWT_SECRET_KEY_FILE"] {
        assert_same(&with(name, "anything"), &Config::default(), &json!(name));
    }
}

#[test]
fn names_that_look_mistyped_are_refused() {
    for (name, meant) in [
        ("JWT_COOKIE_SECRUE", "JWT_COOKIE_SECURE"),
        ("JWT_COOKIES_SECURE", "JWT_COOKIE_SECURE"),
        ("JWT_COOKIE_SAME_SITE", "JWT_COOKIE_SAMESITE"),
        ("JWT_DECODE_AUDIENCES", "JWT_DECODE_AUDIENCE"),
        ("JWT_ACCESS_TOKEN_EXPIRE", "JWT_ACCESS_TOKEN_EXPIRES"),
        ("JWT_ACCESS_TOKEN_EXPIRES_MINUTES", "JWT_ACCESS_TOKEN_EXPIRES"),
        ("JWT_COOKIE_CSRF_PROTECTION", "JWT_COOKIE_CSRF_PROTECT"),
        ("JWT_cookie_secure", "JWT_COOKIE_SECURE"),
    ] {
        let text = why(name, "hidden").to_string();
        assert!(text.contains(meant) && text.contains("with_vars()") && !text.contains("hidden"), "{text}");
    }
}

#[test]
fn options_of_this_library_are_not_read_from_the_environment() {
    for (option, value, _) in every_field() {
        let variable = variable_of(option);
        if VARIABLES.contains(&&*variable) {
            continue;
        }
        let text = why(&variable, &value.to_string()).to_string();
        assert!(text.contains(&format!("Config::{option}")), "{text}");
    }
    why("JWT_FLASK_COMPATIBLE", "true");
}

#[test]
fn names_of_other_software_are_ignored() {
    for name in ["JWT_", "JWT_SECRET", "JWT_JWKS_URL", "JWT_LIFETIME", "JWT_ISSUER_URL"] {
        assert_same(&with(name, "true"), &Config::default(), &json!(name));
    }
}

#[test]
fn options_from_the_environment_have_their_effect() {
    let config = Config::default()
        .with_vars([
            ("JWT_ACCESS_TOKEN_EXPIRES", "61"),
            ("JWT_ENCODE_ISSUER", "me"),
            ("JWT_IDENTITY_CLAIM", "uid"),
            ("JWT_ALGORITHM", "HS384"),
            ("JWT_ENCODE_NBF", "False"),
        ])
        .unwrap();
    let token = manager(config).access_token("alice").encode().unwrap();
    assert!(text_of(&token, 0).contains("HS384"));
    let claims = text_of(&token, 1);
    for part in [r#""exp":1893456061"#, r#""iss":"me""#, r#""uid":"alice""#] {
        assert!(claims.contains(part), "{claims}");
    }
    assert!(!claims.contains("nbf"), "{claims}");
}
