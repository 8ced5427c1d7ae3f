//! The migration guide names everything that flask-jwt-extended has, and only names of this library that exist.

use std::collections::BTreeSet;

use crate::layout::{root, sources};

const OPTIONS: &str = "TOKEN_LOCATION ALGORITHM DECODE_ALGORITHMS SECRET_KEY PRIVATE_KEY PUBLIC_KEY \
    ACCESS_TOKEN_EXPIRES REFRESH_TOKEN_EXPIRES IDENTITY_CLAIM ENCODE_AUDIENCE DECODE_AUDIENCE ENCODE_ISSUER \
    DECODE_ISSUER DECODE_LEEWAY ENCODE_NBF VERIFY_SUB ERROR_MESSAGE_KEY HEADER_NAME HEADER_TYPE QUERY_STRING_NAME \
    QUERY_STRING_VALUE_PREFIX JSON_KEY REFRESH_JSON_KEY ACCESS_COOKIE_NAME REFRESH_COOKIE_NAME ACCESS_COOKIE_PATH \
    REFRESH_COOKIE_PATH COOKIE_SECURE COOKIE_DOMAIN COOKIE_SAMESITE SESSION_COOKIE COOKIE_CSRF_PROTECT CSRF_METHODS \
    CSRF_IN_COOKIES CSRF_CHECK_FORM ACCESS_CSRF_COOKIE_NAME REFRESH_CSRF_COOKIE_NAME ACCESS_CSRF_COOKIE_PATH \
    REFRESH_CSRF_COOKIE_PATH ACCESS_CSRF_FIELD_NAME REFRESH_CSRF_FIELD_NAME ACCESS_CSRF_HEADER_NAME \
    REFRESH_CSRF_HEADER_NAME";

const FUNCTIONS: &str = "JWTManager create_access_token create_refresh_token current_user decode_token get_csrf_token \
    get_current_user get_jti get_jwt get_jwt_header get_jwt_identity get_jwt_request_location \
    get_unverified_jwt_headers set_access_cookies set_refresh_cookies unset_access_cookies unset_jwt_cookies \
    unset_refresh_cookies jwt_required verify_jwt_in_request";

const LOADERS: &str = "additional_claims additional_headers encode_key decode_key user_identity token_in_blocklist \
    token_verification user_lookup unauthorized invalid_token expired_token needs_fresh_token revoked_token \
    token_verification_failed user_lookup_error";

/// Functions in the guide that do not belong to this library.
const OF_OTHERS: [&str; 2] = ["app_data", "get"];

/// The cells of each row in the table below this heading.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(root().join("jwt-core/src/guide/migrating_from_flask.md")).unwrap();
    let section = text.split("\n# ").find(|section| section.starts_with(heading)).unwrap();
    let lines = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---"));
    lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

fn assert_each(names: Vec<String>, heading: &str, count: usize) {
    let firsts: Vec<_> = rows(heading).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(names.len(), count);
    for name in names {
        let is_named = |cell: &&String| {
            let mut spans = cell.split('`').skip(1).step_by(2);
            spans.any(|span| span.split('(').next() == Some(&*name))
        };
        assert_eq!(firsts.iter().filter(is_named).count(), 1, "{name}");
    }
}

#[test]
fn everything_in_flask_jwt_extended_has_its_row() {
    let names = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_each(names(FUNCTIONS), "Functions", 20);
    assert_each(names(LOADERS).iter().map(|name| format!("{name}_loader")).collect(), "Loaders", 15);
    assert_each(names(OPTIONS).iter().map(|name| format!("JWT_{name}")).collect(), "Options", 43);
}

/// Returns the names that are called, that make up a whole code span, or that end a path.
fn functions(cell: &str) -> BTreeSet<String> {
    let is_name =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let mut found = BTreeSet::new();
    for span in cell.split('`').skip(1).step_by(2) {
        let words: Vec<_> =
            span.split_inclusive(|byte: char| !byte.is_alphanumeric() && byte != '_').collect();
        for (index, word) in words.iter().enumerate() {
            let name = word.trim_end_matches(|byte: char| !byte.is_alphanumeric() && byte != '_');
            let ends_path = index + 1 == words.len() && (index == 0 || words[index - 1].ends_with(':'));
            if is_name(name) && (word.ends_with('(') || ends_path && word.len() == name.len()) {
                found.insert(name.to_owned());
            }
        }
    }
    found
}

#[test]
fn every_function_that_it_names_exists() {
    let folders = ["jwt-core/src", "jwt-axum/src", "jwt-actix/src", "jwt-warp/src"];
    let code: String = folders.iter().flat_map(|folder| sources(folder)).map(|(_, text)| text).collect();
    let mut checked = 0;
    for heading in ["Functions", "Loaders", "Options", "What the preset keeps"] {
        for row in rows(heading) {
            for name in row[1..].iter().flat_map(|cell| functions(cell)) {
                let crate_name = ["jwt", "jwt_axum", "jwt_actix"].contains(&&*name);
                if crate_name || name == "bool" || OF_OTHERS.contains(&&*name) {
                    continue;
                }
                let is_there = code.contains(&format!("fn {name}(")) || code.contains(&format!("fn {name}<"));
                assert!(is_there, "{name} in {row:?}");
                checked += 1;
            }
        }
    }
    assert!(checked > 80, "{checked}");
}

#[test]
fn each_option_is_a_setter_of_its_name() {
    for row in rows("Options").iter().skip(1) {
        let name = row[0].trim_matches('`').trim_start_matches("JWT_").to_lowercase();
        let setter = row[1].trim_matches('`');
        let of_builder = [
            ("secret_key", "JwtManagerBuilder::secret"),
            ("private_key", "JwtManagerBuilder::key_pair"),
            ("public_key", "JwtManagerBuilder::public_key"),
        ];
        let is_same = setter.replace("same_site", "samesite") == name;
        assert!(is_same || of_builder.contains(&(&*name, setter)), "{row:?}");
    }
}
