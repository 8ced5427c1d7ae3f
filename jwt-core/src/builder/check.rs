//! That an option can have its value.

use std::time::Duration;

use http::HeaderName;

use crate::response::{has_prefix, is_for_one_host};
use crate::token::REGISTERED;
use crate::{Config, ConfigError, Location};

const MAX_LEEWAY: Duration = Duration::from_secs(300);
const MAX_GRACE: Duration = Duration::from_secs(60);
const MAX_LIFETIME: Duration = Duration::from_secs(100 * 366 * 24 * 60 * 60);
/// No HMAC token is shorter: header, payload and signature of HS256 need more.
const LEAST_CAP: usize = 64;

pub(super) fn names(config: &Config) -> Result<(), ConfigError> {
    if config.token_location.is_empty() {
        return Err(ConfigError::invalid(
            "token_location",
            "is empty: name at least one place, such as Location::Header",
        ));
    }
    // RFC 9110, 11.1, permits fewer characters, and some clients have others, such as `JWT=`.
    if !config.header_type.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',') {
        return Err(ConfigError::invalid(
            "header_type",
            "is no scheme (RFC 9110, 11.1): one word, such as Bearer",
        ));
    }
    let identity = &*config.identity_claim;
    if identity.is_empty()
        || (identity != "sub" && (REGISTERED.contains(&identity) || ["csrf", "scope"].contains(&identity)))
    {
        return Err(ConfigError::invalid(
            "identity_claim",
            "is empty or has another meaning: use sub, or a name of your own",
        ));
    }
    let lists = [
        ("encode_audience", &*config.encode_audience),
        ("decode_audience", config.decode_audience.as_deref().unwrap_or_default()),
        ("decode_issuer", config.decode_issuer.as_deref().unwrap_or_default()),
        ("required_claims", &*config.required_claims),
    ];
    for (option, names) in lists {
        if names.iter().any(String::is_empty) {
            return Err(ConfigError::invalid(
                option,
                "has an empty name, which no token can fulfil: leave it out",
            ));
        }
    }
    let reads_body = config.csrf_check_form || config.token_location.contains(&Location::Json);
    if reads_body && config.buffered_body.is_none() {
        return Err(ConfigError::invalid(
            "buffered_body",
            "is not set, and token_location or csrf_check_form needs the body: give it a limit, such as 65536 bytes",
        ));
    }
    let fields = [
        ("json_key", &config.json_key),
        ("refresh_json_key", &config.refresh_json_key),
        ("access_csrf_field_name", &config.access_csrf_field_name),
        ("refresh_csrf_field_name", &config.refresh_csrf_field_name),
    ];
    for (option, name) in fields {
        if name.is_empty() {
            return Err(ConfigError::invalid(option, "is empty: use a name such as token"));
        }
    }
    if config.query_string_name.is_empty() {
        return Err(ConfigError::invalid("query_string_name", "is empty: use a name such as jwt"));
    }
    if config.error_message_key.is_empty() {
        return Err(ConfigError::invalid("error_message_key", "is empty: use a name such as msg"));
    }
    Ok(())
}

pub(super) fn numbers(config: &Config) -> Result<(), ConfigError> {
    let lifetimes = [
        ("access_token_expires", config.access_token_expires),
        ("refresh_token_expires", config.refresh_token_expires),
    ];
    for (option, lifetime) in lifetimes {
        if lifetime.is_some_and(|lifetime| lifetime < Duration::from_secs(1)) {
            return Err(ConfigError::invalid(
                option,
                "is under one second: give it a lifetime, or call insecure_never_expires()",
            ));
        }
        if lifetime.is_some_and(|lifetime| lifetime > MAX_LIFETIME) {
            return Err(ConfigError::invalid(
                option,
                "is over 100 years: shorten it, or call insecure_never_expires()",
            ));
        }
    }
    let sessions = [
        ("session_expires", Some(config.session_expires)),
        ("session_idle_expires", config.session_idle_expires),
    ];
    for (option, limit) in sessions {
        if limit.is_some_and(|limit| limit < Duration::from_secs(1) || limit > MAX_LIFETIME) {
            return Err(ConfigError::invalid(
                option,
                "is under one second or over 100 years: 90 days are usual",
            ));
        }
    }
    if config.rotation_grace > MAX_GRACE {
        return Err(ConfigError::invalid(
            "rotation_grace",
            "is over 60 seconds, in which a stolen token would work beside the current one: 10 are usual",
        ));
    }
    let leeways = [
        ("exp_leeway", config.exp_leeway),
        ("nbf_leeway", config.nbf_leeway),
        ("iat_leeway", config.iat_leeway),
    ];
    for (option, leeway) in leeways {
        if leeway > MAX_LEEWAY {
            return Err(ConfigError::invalid(option, "is over 300 seconds: set the clocks right instead"));
        }
    }
    if config.max_token_bytes < LEAST_CAP {
        return Err(ConfigError::invalid(
            "max_token_bytes",
            "is under 64: no token is that short; 16384 is the default",
        ));
    }
    Ok(())
}

/// Tokens with an audience are refused where none is expected: then our own would be, too.
pub(super) fn audience(config: &Config) -> Result<(), ConfigError> {
    let nobody = config.decode_audience.as_deref().unwrap_or_default().is_empty();
    let refused = nobody && !config.ignore_unconfigured_claims;
    if refused && !config.encode_audience.is_empty() { Err(ConfigError::Audience) } else { Ok(()) }
}

/// That the claims of sessions are not taken.
pub(super) fn sessions(config: &Config) -> Result<(), ConfigError> {
    if ["sid", "auth_time"].contains(&&*config.identity_claim) {
        return Err(ConfigError::invalid(
            "identity_claim",
            "is a claim of sessions: use sub, or another name of your own",
        ));
    }
    Ok(())
}

/// Letters, digits, hyphens and dots, perhaps with a port, which no cookie has and which is left out.
fn is_domain(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, ""));
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    host.bytes().all(is_part) && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// That browsers can have written it (RFC 6454, 6.2).
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty()
            && host.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
            && !host.contains(['/', '?', '#', '@', '*'])
    })
}

/// That browsers keep the cookies, under the names that promise something (RFC 6265bis, 4.1.3).
pub(super) fn cookies(config: &Config) -> Result<(), ConfigError> {
    let Config { cookie_secure, cookie_domain, cookie_partitioned, .. } = config;
    let cookies = [
        ("access_cookie_name", &config.access_cookie_name, &config.access_cookie_path),
        ("refresh_cookie_name", &config.refresh_cookie_name, &config.refresh_cookie_path),
        ("access_csrf_cookie_name", &config.access_csrf_cookie_name, &config.access_csrf_cookie_path),
        ("refresh_csrf_cookie_name", &config.refresh_csrf_cookie_name, &config.refresh_csrf_cookie_path),
    ];
    for (index, (option, name, path)) in cookies.into_iter().enumerate() {
        // The characters of a cookie's name are those of a header's (RFC 6265, 4.1.1).
        if HeaderName::try_from(name).is_err() {
            return Err(ConfigError::invalid(
                option,
                "is no cookie name (RFC 6265, 4.1.1): use letters, digits, - and _",
            ));
        }
        // A browser keeps one cookie of a name and a path (RFC 6265, 5.3).
        if cookies.iter().take(index).any(|(_, other, of)| *other == name && *of == path) {
            return Err(ConfigError::invalid(
                option,
                "is that of another cookie of the same path: each needs a name, or a path, of its own",
            ));
        }
        if is_for_one_host(name) && (!cookie_secure || path != "/" || cookie_domain.is_some()) {
            return Err(ConfigError::invalid(
                option,
                "starts with __Host-, and browsers drop it otherwise: use cookie_secure(true), the path / and no cookie_domain",
            ));
        }
        if has_prefix(name, "__Secure-") && !cookie_secure {
            return Err(ConfigError::invalid(
                option,
                "starts with __Secure-, and browsers drop it without Secure: call cookie_secure(true)",
            ));
        }
    }
    if cookie_domain.as_deref().is_some_and(|domain| !is_domain(domain)) {
        return Err(ConfigError::invalid(
            "cookie_domain",
            "is no domain: write it in ASCII and without a scheme, such as example.com or xn--bcher-kva.example",
        ));
    }
    let has_lower = |method: &str| method.is_empty() || method.bytes().any(|byte| byte.is_ascii_lowercase());
    if config.csrf_methods.listed().any(has_lower) {
        return Err(ConfigError::invalid(
            "csrf_methods",
            "has one in lower case, which no request has (RFC 9110, 9.1): write POST, PUT, PATCH, DELETE",
        ));
    }
    if !config.csrf_trusted_origins.iter().all(|origin| is_origin(origin)) {
        return Err(ConfigError::invalid(
            "csrf_trusted_origins",
            "has one that no browser sends: write them as https://app.example, in lower case and without a path",
        ));
    }
    if !config.csrf_trusted_origins.is_empty() && !config.csrf_check_origin {
        return Err(ConfigError::invalid(
            "csrf_trusted_origins",
            "do nothing alone: call csrf_check_origin(true)",
        ));
    }
    if *cookie_partitioned && !cookie_secure {
        return Err(ConfigError::invalid(
            "cookie_partitioned",
            "is set without Secure, and browsers drop such cookies: call cookie_secure(true)",
        ));
    }
    Ok(())
}
