//! Options from files.

use jwt_core::error::InvalidToken;
use jwt_core::{
    Algorithm, AuthorityClaim, Config, ErrorKind, JwtManager, Location, NoStore, Policy, SameSite,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{
    SECRET, authenticate, bearer, builder, decode, invalid, manager, refused, secs, text_of, token,
};

fn read(json: &Value) -> Config {
    // Reads it as text, like a file, and as a value.
    let config: Config = serde_json::from_str(&json.to_string()).unwrap();
    assert_same(&config, &serde_json::from_value(json.clone()).unwrap(), json);
    config
}

fn why(text: &str) -> String {
    serde_json::from_str::<Config>(text).expect_err(text).to_string()
}

/// Checks that all options are the same.
pub(crate) fn assert_same(found: &Config, expected: &Config, of: &Value) {
    assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{of}");
}

/// Returns every field except the presets, with a value that is not the default and the result of the setter.
pub(crate) fn every_field() -> Vec<(&'static str, Value, Config)> {
    let config = Config::default;
    vec![
        ("connection_check_interval", json!(2.5), config().connection_check_interval(secs(5) / 2)),
        ("connection_outage_limit", json!(120), config().connection_outage_limit(secs(120))),
        ("session_expires", json!(60), config().session_expires(secs(60))),
        ("session_idle_expires", json!(60), config().session_idle_expires(secs(60))),
        ("rotation_grace", json!(0.5), config().rotation_grace(secs(1) / 2)),
        ("session_label_limit", json!(80), config().session_label_limit(80)),
        ("reject_invalid_labels", json!(true), config().reject_invalid_labels(true)),
        ("insecure_unlimited_sessions", json!(true), config().insecure_unlimited_sessions()),
        ("max_sessions_per_user", json!(5), config().max_sessions_per_user(5)),
        ("reject_login_at_session_limit", json!(true), config().reject_login_at_session_limit(true)),
        ("end_session_after_grace_uses", json!(3), config().end_session_after_grace_uses(3)),
        ("insecure_unlimited_renewal", json!(true), config().insecure_unlimited_renewal()),
        ("renewal_expires", json!(60), config().renewal_expires(secs(60))),
        ("access_token_expires", json!(60), config().access_token_expires(secs(60))),
        ("refresh_token_expires", json!(90.5), config().refresh_token_expires(secs(181) / 2)),
        ("insecure_access_never_expires", json!(true), config().insecure_access_never_expires()),
        ("insecure_refresh_never_expires", json!(true), config().insecure_refresh_never_expires()),
        ("insecure_never_expires", json!(true), config().insecure_never_expires()),
        ("algorithm", json!("HS512"), config().algorithm(Algorithm::HS512)),
        (
            "decode_algorithms",
            json!(["HS256", "HS384"]),
            config().decode_algorithms([Algorithm::HS256, Algorithm::HS384]),
        ),
        ("insecure_short_secret", json!(true), config().insecure_short_secret()),
        ("insecure_placeholder_secret", json!(true), config().insecure_placeholder_secret()),
        ("max_token_bytes", json!(99), config().max_token_bytes(99)),
        ("identity_claim", json!("uid"), config().identity_claim("uid")),
        ("verify_sub", json!(false), config().verify_sub(false)),
        ("encode_nbf", json!(false), config().encode_nbf(false)),
        ("csrf_claim", json!(true), config().csrf_claim(true)),
        ("csrf_per_session", json!(false), config().csrf_per_session(false)),
        ("audience", json!("a"), config().audience("a")),
        ("encode_audience", json!(["a", "b"]), config().encode_audience(["a", "b"])),
        ("decode_audience", json!(["a", "b"]), config().decode_audience(["a", "b"])),
        ("issuer", json!("i"), config().issuer("i")),
        ("encode_issuer", json!("i"), config().encode_issuer("i")),
        ("decode_issuer", json!(["i", "j"]), config().decode_issuer(["i", "j"])),
        ("required_claims", json!(["scope"]), config().required_claims(["scope"])),
        ("decode_leeway", json!(7), config().decode_leeway(secs(7))),
        ("exp_leeway", json!(7), config().exp_leeway(secs(7))),
        ("nbf_leeway", json!(7), config().nbf_leeway(secs(7))),
        ("iat_leeway", json!(0.5), config().iat_leeway(secs(1) / 2)),
        ("insecure_allow_missing_exp", json!(true), config().insecure_allow_missing_exp(true)),
        ("insecure_allow_missing_type", json!(true), config().insecure_allow_missing_type(true)),
        ("insecure_allow_missing_jti", json!(true), config().insecure_allow_missing_jti(true)),
        (
            "authorities",
            json!([
                { "claim": "scope" },
                { "claim": ["a.b", "c"], "prefix": "role:" },
                { "claim": "d", "prefix": "group:", "member_names": true },
                { "claim": ["e"], "member_names": false },
            ]),
            config().authorities([
                AuthorityClaim::new("scope"),
                AuthorityClaim::nested(["a.b", "c"]).prefix("role:"),
                AuthorityClaim::new("d").prefix("group:").member_names(),
                AuthorityClaim::new("e"),
            ]),
        ),
        (
            "authority_hierarchy",
            json!({ "role:admin": ["write", "audit"], "write": "read" }),
            config().authority_hierarchy([("role:admin", vec!["write", "audit"]), ("write", vec!["read"])]),
        ),
        ("kind_claim", json!("token_type"), config().kind_claim("token_type")),
        ("access_kinds", json!(["at", "bearer"]), config().access_kinds(["at", "bearer"])),
        ("refresh_kinds", json!(["rt"]), config().refresh_kinds(["rt"])),
        ("insecure_any_type_is_access", json!(true), config().insecure_any_type_is_access(true)),
        ("insecure_empty_identity", json!(true), config().insecure_empty_identity(true)),
        ("insecure_ignore_confirmation", json!(true), config().insecure_ignore_confirmation(true)),
        ("any_typ", json!(true), config().any_typ(true)),
        ("ignore_unconfigured_claims", json!(true), config().ignore_unconfigured_claims(true)),
        ("any_time", json!(true), config().any_time(true)),
        ("any_fresh", json!(true), config().any_fresh(true)),
        ("insecure_claim_override", json!(true), config().insecure_claim_override(true)),
        ("error_message_key", json!("error"), config().error_message_key("error")),
        ("realm", json!("r"), config().realm("r")),
        ("no_store", json!("always"), config().no_store(NoStore::Always)),
        ("error_code_if_missing", json!(true), config().error_code_if_missing(true)),
        ("resource", json!("https://a.example"), config().resource("https://a.example")),
        ("authorization_servers", json!(["https://b"]), config().authorization_servers(["https://b"])),
        ("scopes_supported", json!(["a", "b"]), config().scopes_supported(["a", "b"])),
        ("resource_name", json!("n"), config().resource_name("n")),
        ("resource_documentation", json!("d"), config().resource_documentation("d")),
        ("resource_policy_uri", json!("p"), config().resource_policy_uri("p")),
        ("resource_tos_uri", json!("t"), config().resource_tos_uri("t")),
        (
            "token_location",
            json!(["cookies", "headers", "json", "query_string", "websocket_protocol"]),
            config().token_location([
                Location::Cookie,
                Location::Header,
                Location::Json,
                Location::QueryString,
                Location::WebSocketProtocol,
            ]),
        ),
        ("first_token_wins", json!(true), config().first_token_wins(true)),
        ("insecure_exempt_options", json!(true), config().insecure_exempt_options(true)),
        ("header_name", json!("X-Token"), config().header_name("X-Token")),
        ("header_type", json!("JWT"), config().header_type("JWT")),
        ("header_types", json!(["Bearer", "JWT"]), config().header_types(["Bearer", "JWT"])),
        ("join_repeated_headers", json!(true), config().join_repeated_headers(true)),
        ("query_string_name", json!("t"), config().query_string_name("t")),
        ("query_string_value_prefix", json!("p "), config().query_string_value_prefix("p ")),
        ("json_key", json!("t"), config().json_key("t")),
        ("refresh_json_key", json!("t"), config().refresh_json_key("t")),
        ("buffered_body", json!(65_536), config().buffered_body(65_536)),
        ("access_cookie_name", json!("a"), config().access_cookie_name("a")),
        ("refresh_cookie_name", json!("a"), config().refresh_cookie_name("a")),
        ("access_cookie_path", json!("/a"), config().access_cookie_path("/a")),
        ("refresh_cookie_path", json!("/a"), config().refresh_cookie_path("/a")),
        ("cookie_secure", json!(false), config().cookie_secure(false)),
        ("cookie_domain", json!("example.com"), config().cookie_domain("example.com")),
        ("cookie_same_site", json!("Strict"), config().cookie_same_site(SameSite::Strict)),
        ("session_cookie", json!(false), config().session_cookie(false)),
        ("cookie_until_session_end", json!(true), config().cookie_until_session_end(true)),
        ("cookie_partitioned", json!(true), config().cookie_partitioned(true)),
        (
            "former_cookie_scopes",
            json!([{ "domain": "example.com", "path": "/a" }, { "path": "/b" }, {}]),
            config().former_cookie_scopes([("example.com", "/a"), ("", "/b"), ("", "/")]),
        ),
        ("insecure_same_site_none", json!(true), config().insecure_same_site_none(true)),
        ("csrf_in_cookies", json!(false), config().csrf_in_cookies(false)),
        ("access_csrf_cookie_name", json!("c"), config().access_csrf_cookie_name("c")),
        ("refresh_csrf_cookie_name", json!("c"), config().refresh_csrf_cookie_name("c")),
        ("access_csrf_cookie_path", json!("/c"), config().access_csrf_cookie_path("/c")),
        ("refresh_csrf_cookie_path", json!("/c"), config().refresh_csrf_cookie_path("/c")),
        ("cookie_csrf_protect", json!(false), config().cookie_csrf_protect(false)),
        ("csrf_methods", json!(["POST"]), config().csrf_methods(["POST"])),
        ("csrf_check_origin", json!(true), config().csrf_check_origin(true)),
        (
            "csrf_trusted_origins",
            json!(["https://app.example"]),
            config().csrf_trusted_origins(["https://app.example"]),
        ),
        ("insecure_any_upgrade_origin", json!(true), config().insecure_any_upgrade_origin(true)),
        ("csrf_check_form", json!(true), config().csrf_check_form(true)),
        ("access_csrf_field_name", json!("f"), config().access_csrf_field_name("f")),
        ("refresh_csrf_field_name", json!("f"), config().refresh_csrf_field_name("f")),
        ("access_csrf_header_name", json!("X-C"), config().access_csrf_header_name("X-C")),
        ("refresh_csrf_header_name", json!("X-C"), config().refresh_csrf_header_name("X-C")),
    ]
}

/// Values of all types. Each field rejects at least one of them.
fn every_kind() -> [Value; 8] {
    [json!(null), json!(true), json!(-1), json!(1.5), json!(""), json!("x"), json!([1]), json!({"a": 1})]
}

#[test]
fn every_setter_is_a_field() {
    for (name, value, expected) in every_field() {
        let given = json!({ name: value });
        assert_same(&read(&given), &expected, &given);
        let changed = format!("{expected:?}") != format!("{:?}", Config::default());
        assert!(changed, "{name} is not seen");
    }
}

#[test]
fn no_setter_is_without_a_field() {
    let named: Vec<_> = every_field().into_iter().map(|(name, ..)| name).collect();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config");
    let sources: String = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let of_config = sources.split("\nimpl Config {\n").skip(1).filter_map(|rest| rest.split("\n}\n").next());
    let lines = of_config.flat_map(str::lines).map(str::trim_start);
    let functions = lines.filter_map(|line| {
        line.strip_prefix("pub fn ").or_else(|| line.strip_prefix("pub const fn "))?.split(['(', '<']).next()
    });
    let mut setters = 0;
    for setter in functions.filter(|name| {
        !["flask_compatible", "jsonwebtoken_compatible", "with_env", "with_vars"].contains(name)
    }) {
        assert!(named.contains(&setter), "{setter}");
        setters += 1;
    }
    assert_eq!(setters, named.len());
}

#[test]
fn what_is_left_out_is_the_default_or_the_presets() {
    assert_same(&read(&json!({})), &Config::default(), &json!({}));
    assert_same(&read(&json!({"flask_compatible": false})), &Config::default(), &json!({}));
    assert_same(&read(&json!({"flask_compatible": true})), &Config::flask_compatible(), &json!({}));
    assert_same(&read(&json!({"jsonwebtoken_compatible": false})), &Config::default(), &json!({}));
    let preset = read(&json!({"jsonwebtoken_compatible": true}));
    assert_same(&preset, &Config::jsonwebtoken_compatible(), &json!({}));
    // The other options override the preset, wherever the preset is in the file.
    for text in [
        r#"{"cookie_secure":true,"any_typ":false,"flask_compatible":true}"#,
        r#"{"flask_compatible":true,"cookie_secure":true,"any_typ":false}"#,
    ] {
        let expected = Config::flask_compatible().cookie_secure(true).any_typ(false);
        assert_same(&serde_json::from_str(text).unwrap(), &expected, &text.into());
    }
}

#[test]
fn the_more_exact_field_wins_whatever_the_order() {
    let base = Config::default;
    for (one, other, expected) in [
        (r#""exp_leeway":1"#, r#""decode_leeway":2"#, base().decode_leeway(secs(2)).exp_leeway(secs(1))),
        (r#""decode_audience":"a""#, r#""audience":"b""#, base().audience("b").decode_audience(["a"])),
        (r#""encode_issuer":"a""#, r#""issuer":"b""#, base().issuer("b").encode_issuer("a")),
        (
            r#""required_claims":["exp"]"#,
            r#""access_token_expires":false"#,
            base().insecure_access_never_expires().required_claims(["exp"]),
        ),
        (
            r#""insecure_allow_missing_exp":false"#,
            r#""access_token_expires":false"#,
            base().insecure_access_never_expires().insecure_allow_missing_exp(false),
        ),
        (
            r#""access_token_expires":60"#,
            r#""insecure_never_expires":true"#,
            base().insecure_never_expires().access_token_expires(secs(60)),
        ),
        (
            r#""csrf_claim":true"#,
            r#""cookie_csrf_protect":false"#,
            base().cookie_csrf_protect(false).csrf_claim(true),
        ),
    ] {
        for text in [format!("{{{one},{other}}}"), format!("{{{other},{one}}}")] {
            assert_same(&serde_json::from_str(&text).unwrap(), &expected, &json!(text));
        }
    }
}

#[test]
fn a_lifetime_of_false_is_never_and_null_is_none() {
    for (kind, expected) in [
        ("access", Config::default().insecure_access_never_expires()),
        ("refresh", Config::default().insecure_refresh_never_expires()),
    ] {
        let name = format!("{kind}_token_expires");
        assert_same(&read(&json!({ &name: false })), &expected, &json!(name));
        for value in [json!(null), json!(true), json!(-1), json!("900"), json!("")] {
            let text = why(&json!({ &name: value }).to_string());
            assert!(text.starts_with(&name) && text.contains("seconds") && text.contains("false"), "{text}");
        }
        let error = builder(read(&json!({ &name: 0 }))).build().unwrap_err().to_string();
        assert!(error.starts_with(&name), "{error}");
    }
    let jwt = manager(read(&json!({"access_token_expires": false})));
    let forever = jwt.access_token("alice").encode().unwrap();
    assert!(!text_of(&forever, 1).contains("exp") && jwt.decode(&forever).is_ok());
    let timed = manager(read(&json!({"access_token_expires": 61})));
    let token = timed.access_token("alice").encode().unwrap();
    assert!(text_of(&token, 1).contains("\"exp\":1893456061"));
}

#[test]
fn null_is_none_if_flask_jwt_extended_has_none() {
    for (name, expected) in [
        ("decode_algorithms", Config::default()),
        ("encode_audience", Config::default()),
        ("decode_audience", Config::default()),
        ("encode_issuer", Config::default()),
        ("decode_issuer", Config::default()),
        ("realm", Config::default()),
        ("cookie_domain", Config::default()),
        ("cookie_same_site", Config::default().cookie_same_site(None)),
        ("header_type", Config::default().header_type("")),
    ] {
        assert_same(&read(&json!({ name: null })), &expected, &json!(name));
    }
    for name in ["encode_issuer", "cookie_domain", "realm"] {
        assert_same(&read(&json!({ name: "" })), &Config::default(), &json!(name));
    }
}

#[test]
fn a_single_string_is_a_list_if_it_is_in_flask_jwt_extended() {
    for (name, text, expected) in [
        ("token_location", "cookies", Config::default().token_location([Location::Cookie])),
        ("encode_audience", "a", Config::default().encode_audience(["a"])),
        ("decode_audience", "a", Config::default().decode_audience(["a"])),
        ("decode_issuer", "a", Config::default().decode_issuer(["a"])),
    ] {
        assert_same(&read(&json!({ name: text })), &expected, &json!(name));
    }
    // A comma-separated list in a string would not protect any method.
    for (name, text) in [
        ("csrf_methods", "POST"),
        ("csrf_methods", "POST,PUT"),
        ("required_claims", "exp"),
        ("csrf_trusted_origins", "https://app.example"),
        ("decode_algorithms", "HS256"),
    ] {
        let text = why(&json!({ name: text }).to_string());
        assert!(text.starts_with(name) && text.contains("list"), "{text}");
    }
    // An empty list accepts no audience or issuer; null means that the option is not set.
    let nobody = Config::default().decode_audience([""; 0]).decode_issuer([""; 0]);
    assert_same(&read(&json!({ "decode_audience": [], "decode_issuer": [] })), &nobody, &json!("[]"));
    let none = read(&json!({ "decode_audience": null, "decode_issuer": null, "encode_audience": null }));
    assert_same(&none, &Config::default(), &json!("null"));
}

#[test]
fn an_invalid_value_is_reported_with_the_name_of_its_field() {
    for (name, ..) in every_field() {
        let mut refused = 0;
        for value in every_kind() {
            let given = json!({ name: value }).to_string();
            let Err(error) = serde_json::from_str::<Config>(&given) else { continue };
            let text = error.to_string();
            assert!(text.starts_with(&format!("{name} cannot be ")), "{text}");
            assert!(text.contains(": write "), "{text}");
            assert!(text.contains(" at line 1 "), "{text}");
            refused += 1;
        }
        assert!(refused >= 4, "{name} takes nearly everything");
    }
    for (name, value, expected) in [
        ("algorithm", json!("none"), "HS256, "),
        ("algorithm", json!("hs256"), "HS256, "),
        ("decode_algorithms", json!(["HS256", "none"]), "RS256"),
        ("token_location", json!("header"), "headers, cookies"),
        ("token_location", json!(["headers", "body"]), "headers, cookies"),
        ("cookie_same_site", json!("lax"), "Strict, Lax, or None"),
        ("cookie_same_site", json!(false), "Strict, Lax, or None"),
        ("decode_leeway", json!(false), "seconds"),
        ("decode_leeway", json!(1e300), "seconds"),
        ("max_token_bytes", json!(1.5), "bytes"),
        ("session_label_limit", json!(-1), "a whole number"),
        ("cookie_secure", json!("true"), "true or false"),
        ("authorities", json!("scope"), "a list such as"),
        ("authorities", json!(["scope"]), "a list such as"),
        ("authorities", json!([{}]), "a list such as"),
        ("authorities", json!([{"claim": "a", "prefix": null}]), "a list such as"),
        ("authorities", json!([{"claim": ["a", 1]}]), "a list such as"),
        ("authorities", json!([{"claim": "a", "prefixes": "b"}]), "a list such as"),
        ("authorities", json!([{"claim": "a", "member_names": "yes"}]), "a list such as"),
        ("authority_hierarchy", json!([["admin", "write"]]), "an object such as"),
        ("authority_hierarchy", json!({"admin": 5}), "an object such as"),
        ("authority_hierarchy", json!({"admin": ["write", null]}), "an object such as"),
        ("cookie_secure", json!(1), "true or false"),
        ("flask_compatible", json!("yes"), "true or false"),
    ] {
        let text = why(&json!({ name: value }).to_string());
        assert!(text.starts_with(name) && text.contains(expected), "{text}");
    }
}

#[test]
fn unknown_fields_are_refused_with_the_one_that_was_meant() {
    for (name, meant) in [
        ("cookie_secrue", "write cookie_secure"),
        ("acces_token_expires", "write access_token_expires"),
        ("JWT_TOKEN_LOCATION", "write token_location"),
        ("cookie_samesite", "write cookie_same_site"),
        ("Cookie_Secure", "write cookie_secure"),
        ("never_expires", "setter of Config"),
        ("", "setter of Config"),
    ] {
        let text = why(&format!("{{\"{name}\":true}}"));
        assert!(text.starts_with(name) && text.contains(meant), "{text}");
    }
    for name in ["secret", "secret_key", "private_key", "public_key", "JWT_SECRET_KEY"] {
        let text = why(&json!({ name: SECRET }).to_string());
        assert!(text.starts_with(name) && text.contains("builder"), "{text}");
        assert!(!text.contains(SECRET));
    }
    let text = why(r#"{"realm":"a","realm":"b"}"#);
    assert!(text.contains("duplicate field `realm`"), "{text}");
    assert!(why("[]").contains("the options of a Config"));
}

#[test]
fn no_error_shows_a_value() {
    for name in every_field().iter().map(|(name, ..)| *name).chain([
        "flask_compatible",
        "jsonwebtoken_compatible",
        "secret",
        "other",
    ]) {
        for value in [json!({"a": "hidden"}), json!("hidden"), json!(["hidden", 1])] {
            let given = json!({ name: value }).to_string();
            if let Err(error) = serde_json::from_str::<Config>(&given) {
                assert!(!error.to_string().contains("hidden"), "{error}");
            }
        }
    }
}

#[test]
fn a_config_is_part_of_the_settings_of_an_application() {
    #[derive(Deserialize)]
    struct Settings {
        port: u16,
        #[serde(default)]
        jwt: Config,
    }
    let settings: Settings = serde_json::from_str(r#"{"port":80,"jwt":{"max_token_bytes":64}}"#).unwrap();
    assert_eq!(settings.port, 80);
    assert_same(&settings.jwt, &Config::default().max_token_bytes(64), &json!("jwt"));
    let settings: Settings = serde_json::from_str(r#"{"port":80}"#).unwrap();
    assert_same(&settings.jwt, &Config::default(), &json!("jwt"));
}

fn from(json: &Value) -> JwtManager {
    manager(read(json))
}

#[test]
fn options_from_a_file_have_their_effect() {
    let long = from(&json!({"max_token_bytes": 64}));
    assert_eq!(invalid(long.decode(&token(&[]))), InvalidToken::TooLarge);

    let jwt = from(
        &json!({"audience": "api", "encode_issuer": "me", "encode_nbf": false, "identity_claim": "uid"}),
    );
    let claims = text_of(&jwt.access_token("alice").encode().unwrap(), 1);
    for part in [r#""aud":"api""#, r#""iss":"me""#, r#""uid":"alice""#] {
        assert!(claims.contains(part), "{claims}");
    }
    assert!(!claims.contains("nbf"), "{claims}");

    let jwt = from(&json!({"algorithm": "HS512"}));
    assert!(text_of(&jwt.access_token("alice").encode().unwrap(), 0).contains("HS512"));

    assert_eq!(
        invalid(decode(read(&json!({"decode_issuer": ["me"]})), &[])),
        InvalidToken::ClaimMissing("iss".into())
    );
    assert!(decode(read(&json!({"required_claims": []})), &[("jti", "")]).is_err());
    assert!(decode(read(&json!({"insecure_allow_missing_jti": true})), &[("jti", "")]).is_ok());
    let mapped = json!({"authorities": [{"claim": ["access", "roles"], "prefix": "role:"}]});
    let mapped = decode(read(&mapped), &[("access", r#"{"roles":["admin"]}"#)]).unwrap();
    assert!(mapped.has_authority("role:admin"));
    let nested = json!({"authority_hierarchy": {"admin": ["write"], "write": ["read"]}});
    let admin = bearer(&token(&[("scope", "\"admin\"")]));
    assert!(authenticate(&manager(read(&nested)), &admin, &Policy::access().scopes(&["read"])).is_ok());
    let kinds = json!({"kind_claim": "use", "access_kinds": ["at"], "refresh_kinds": ["rt"]});
    let renamed = decode(read(&kinds), &[("use", "\"rt\""), ("type", "\"access\"")]).unwrap();
    assert_eq!(renamed.kind(), "refresh");
    assert!(decode(read(&json!({"exp_leeway": 2.5})), &[("exp", "1893455998")]).is_ok());
    assert!(decode(read(&json!({"exp_leeway": 1.5})), &[("exp", "1893455998")]).is_err());
    assert!(decode(read(&json!({"verify_sub": false})), &[("sub", "5")]).is_ok());
    assert!(
        decode(read(&json!({"flask_compatible": true})), &[("jti", ""), ("type", ""), ("exp", "")]).is_ok()
    );

    let jwt =
        from(&json!({"token_location": "cookies", "cookie_same_site": null, "cookie_domain": "example.com"}));
    let error = refused(authenticate(&jwt, &bearer(&token(&[])), &Policy::access()));
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    let issued = jwt.access_token("alice").encode().unwrap();
    let fields = jwt.access_cookies(&issued).fields().unwrap();
    let field = fields[0].to_str().unwrap();
    assert!(field.contains("Domain=example.com") && !field.contains("SameSite"), "{field}");

    assert!(
        JwtManager::builder(read(&json!({"insecure_short_secret": true}))).secret("short").build().is_ok()
    );
}

#[test]
fn without_protection_the_preset_writes_no_csrf_claim_like_flask_jwt_extended() {
    let claims = |json: &Value| text_of(&from(json).access_token("alice").encode().unwrap(), 1);
    assert!(claims(&json!({"flask_compatible": true})).contains("csrf"));
    let off = json!({"flask_compatible": true, "cookie_csrf_protect": false});
    assert!(!claims(&off).contains("csrf"));
}
