//! That an option can have its value.

use std::time::Duration;

use http::HeaderName;

use crate::token::REGISTERED;
use crate::{Config, ConfigError};

const MAX_LEEWAY: Duration = Duration::from_secs(300);
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
    // The characters of a scheme are those of a header name (RFC 9110, 11.1 and 5.6.2).
    if !config.header_type.is_empty() && HeaderName::try_from(&config.header_type).is_err() {
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
        ("encode_audience", &config.encode_audience),
        ("decode_audience", &config.decode_audience),
        ("decode_issuer", &config.decode_issuer),
        ("required_claims", &config.required_claims),
    ];
    for (option, names) in lists {
        if names.iter().any(String::is_empty) {
            return Err(ConfigError::invalid(
                option,
                "has an empty name, which no token can fulfil: leave it out",
            ));
        }
    }
    for (option, name) in [
        ("access_cookie_name", &config.access_cookie_name),
        ("refresh_cookie_name", &config.refresh_cookie_name),
    ] {
        // The characters of a cookie's name are those of a header's (RFC 6265, 4.1.1).
        if HeaderName::try_from(name).is_err() {
            return Err(ConfigError::invalid(
                option,
                "is no cookie name (RFC 6265, 4.1.1): use letters, digits, - and _",
            ));
        }
    }
    if config.access_cookie_name == config.refresh_cookie_name {
        return Err(ConfigError::invalid(
            "refresh_cookie_name",
            "is that of access tokens, too: each needs a cookie of its own",
        ));
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
    let refused = config.decode_audience.is_empty() && !config.ignore_unconfigured_claims;
    if refused && !config.encode_audience.is_empty() { Err(ConfigError::Audience) } else { Ok(()) }
}
