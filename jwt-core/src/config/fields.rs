//! Every option by its name. One table serves files and the environment.

use super::setter::Setter::{
    self, Algorithm, Algorithms, Bytes, Flag, Lifetime, Locations, OneOrMore, SameSite, Seconds, Text,
    TextOrNone, Texts,
};
use crate::Config;

/// An option as data.
pub(super) struct Field {
    /// That of the setter.
    pub(super) name: &'static str,
    /// The reference's name, if it has the option.
    pub(super) variable: Option<&'static str>,
    pub(super) setter: Setter,
}

const fn reference(name: &'static str, variable: &'static str, setter: Setter) -> Field {
    Field { name, variable: Some(variable), setter }
}

const fn own(name: &'static str, setter: Setter) -> Field {
    Field { name, variable: None, setter }
}

/// The names of the reference's options that are keys, which are no data.
pub(super) const KEYS: [&str; 3] = ["JWT_SECRET_KEY", "JWT_PRIVATE_KEY", "JWT_PUBLIC_KEY"];

/// In the order in which they are set, whatever the order in which they are given.
pub(super) static FIELDS: &[Field] = &[
    own("flask_compatible", Flag(|config, on| if on { Config::flask_compatible() } else { config })),
    // Before those that say it of one kind of token, of one claim, of one direction.
    own(
        "insecure_never_expires",
        Flag(|config, on| if on { config.insecure_never_expires() } else { config }),
    ),
    own(
        "insecure_access_never_expires",
        Flag(|config, on| if on { config.insecure_access_never_expires() } else { config }),
    ),
    own(
        "insecure_refresh_never_expires",
        Flag(|config, on| if on { config.insecure_refresh_never_expires() } else { config }),
    ),
    reference(
        "access_token_expires",
        "JWT_ACCESS_TOKEN_EXPIRES",
        Lifetime(|config, lifetime| match lifetime {
            Some(lifetime) => config.access_token_expires(lifetime),
            None => config.insecure_access_never_expires(),
        }),
    ),
    reference(
        "refresh_token_expires",
        "JWT_REFRESH_TOKEN_EXPIRES",
        Lifetime(|config, lifetime| match lifetime {
            Some(lifetime) => config.refresh_token_expires(lifetime),
            None => config.insecure_refresh_never_expires(),
        }),
    ),
    reference("decode_leeway", "JWT_DECODE_LEEWAY", Seconds(Config::decode_leeway)),
    own("exp_leeway", Seconds(Config::exp_leeway)),
    own("nbf_leeway", Seconds(Config::nbf_leeway)),
    own("iat_leeway", Seconds(Config::iat_leeway)),
    own("audience", Text(Config::audience)),
    reference(
        "encode_audience",
        "JWT_ENCODE_AUDIENCE",
        OneOrMore(|config, audience| config.encode_audience(audience.unwrap_or_default())),
    ),
    reference(
        "decode_audience",
        "JWT_DECODE_AUDIENCE",
        OneOrMore(|config, audience| Config { decode_audience: audience, ..config }),
    ),
    own("issuer", Text(Config::issuer)),
    reference(
        "encode_issuer",
        "JWT_ENCODE_ISSUER",
        TextOrNone(|config, issuer| Config { encode_issuer: issuer, ..config }),
    ),
    reference(
        "decode_issuer",
        "JWT_DECODE_ISSUER",
        OneOrMore(|config, issuers| Config { decode_issuer: issuers, ..config }),
    ),
    // After those that never expire: a list that is given is exact.
    own("required_claims", Texts(Config::required_claims)),
    reference("algorithm", "JWT_ALGORITHM", Algorithm(Config::algorithm)),
    reference("decode_algorithms", "JWT_DECODE_ALGORITHMS", Algorithms(Config::decode_algorithms)),
    own("insecure_short_secret", Flag(|config, on| Config { insecure_short_secret: on, ..config })),
    own("max_token_bytes", Bytes(Config::max_token_bytes)),
    reference("identity_claim", "JWT_IDENTITY_CLAIM", Text(Config::identity_claim)),
    reference("verify_sub", "JWT_VERIFY_SUB", Flag(Config::verify_sub)),
    reference("encode_nbf", "JWT_ENCODE_NBF", Flag(Config::encode_nbf)),
    own("any_type_is_access", Flag(Config::any_type_is_access)),
    own("any_typ", Flag(Config::any_typ)),
    own("ignore_unconfigured_claims", Flag(Config::ignore_unconfigured_claims)),
    own("any_time", Flag(Config::any_time)),
    own("any_fresh", Flag(Config::any_fresh)),
    own("insecure_claim_override", Flag(Config::insecure_claim_override)),
    reference("error_message_key", "JWT_ERROR_MESSAGE_KEY", Text(Config::error_message_key)),
    own("session_expires", Seconds(Config::session_expires)),
    own("session_idle_expires", Seconds(Config::session_idle_expires)),
    own("rotation_grace", Seconds(Config::rotation_grace)),
    own("realm", TextOrNone(|config, realm| Config { realm, ..config })),
    reference("token_location", "JWT_TOKEN_LOCATION", Locations(Config::token_location)),
    own("first_token_wins", Flag(Config::first_token_wins)),
    reference("header_name", "JWT_HEADER_NAME", Text(Config::header_name)),
    reference(
        "header_type",
        "JWT_HEADER_TYPE",
        TextOrNone(|config, scheme| config.header_type(scheme.unwrap_or_default())),
    ),
    own("join_repeated_headers", Flag(Config::join_repeated_headers)),
    reference("query_string_name", "JWT_QUERY_STRING_NAME", Text(Config::query_string_name)),
    reference(
        "query_string_value_prefix",
        "JWT_QUERY_STRING_VALUE_PREFIX",
        Text(Config::query_string_value_prefix),
    ),
    reference("json_key", "JWT_JSON_KEY", Text(Config::json_key)),
    reference("refresh_json_key", "JWT_REFRESH_JSON_KEY", Text(Config::refresh_json_key)),
    own("buffered_body", Bytes(Config::buffered_body)),
    reference("access_cookie_name", "JWT_ACCESS_COOKIE_NAME", Text(Config::access_cookie_name)),
    reference("refresh_cookie_name", "JWT_REFRESH_COOKIE_NAME", Text(Config::refresh_cookie_name)),
    reference("access_cookie_path", "JWT_ACCESS_COOKIE_PATH", Text(Config::access_cookie_path)),
    reference("refresh_cookie_path", "JWT_REFRESH_COOKIE_PATH", Text(Config::refresh_cookie_path)),
    reference("cookie_secure", "JWT_COOKIE_SECURE", Flag(Config::cookie_secure)),
    reference(
        "cookie_domain",
        "JWT_COOKIE_DOMAIN",
        TextOrNone(|config, domain| Config { cookie_domain: domain, ..config }),
    ),
    reference("cookie_same_site", "JWT_COOKIE_SAMESITE", SameSite(Config::cookie_same_site)),
    reference("session_cookie", "JWT_SESSION_COOKIE", Flag(Config::session_cookie)),
    own("cookie_partitioned", Flag(Config::cookie_partitioned)),
    // Without protection the reference writes no claim; the preset does, unless told otherwise.
    reference(
        "cookie_csrf_protect",
        "JWT_COOKIE_CSRF_PROTECT",
        Flag(|config, on| {
            let csrf_claim = config.csrf_claim.filter(|_| on);
            Config { csrf_claim, ..config.cookie_csrf_protect(on) }
        }),
    ),
    own("csrf_claim", Flag(Config::csrf_claim)),
    reference("csrf_methods", "JWT_CSRF_METHODS", Texts(Config::csrf_methods)),
    own("csrf_check_origin", Flag(Config::csrf_check_origin)),
    own("csrf_trusted_origins", Texts(Config::csrf_trusted_origins)),
    reference("csrf_in_cookies", "JWT_CSRF_IN_COOKIES", Flag(Config::csrf_in_cookies)),
    reference("csrf_check_form", "JWT_CSRF_CHECK_FORM", Flag(Config::csrf_check_form)),
    reference(
        "access_csrf_cookie_name",
        "JWT_ACCESS_CSRF_COOKIE_NAME",
        Text(Config::access_csrf_cookie_name),
    ),
    reference(
        "refresh_csrf_cookie_name",
        "JWT_REFRESH_CSRF_COOKIE_NAME",
        Text(Config::refresh_csrf_cookie_name),
    ),
    reference(
        "access_csrf_cookie_path",
        "JWT_ACCESS_CSRF_COOKIE_PATH",
        Text(Config::access_csrf_cookie_path),
    ),
    reference(
        "refresh_csrf_cookie_path",
        "JWT_REFRESH_CSRF_COOKIE_PATH",
        Text(Config::refresh_csrf_cookie_path),
    ),
    reference("access_csrf_field_name", "JWT_ACCESS_CSRF_FIELD_NAME", Text(Config::access_csrf_field_name)),
    reference(
        "refresh_csrf_field_name",
        "JWT_REFRESH_CSRF_FIELD_NAME",
        Text(Config::refresh_csrf_field_name),
    ),
    reference(
        "access_csrf_header_name",
        "JWT_ACCESS_CSRF_HEADER_NAME",
        Text(Config::access_csrf_header_name),
    ),
    reference(
        "refresh_csrf_header_name",
        "JWT_REFRESH_CSRF_HEADER_NAME",
        Text(Config::refresh_csrf_header_name),
    ),
];

/// The name that was probably meant: one of `names` that is two slips of the pen away or less.
pub(super) fn near<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let ranked = names.into_iter().map(|other| (slips(name, other), other));
    ranked.filter(|(slips, _)| *slips <= 2).min_by_key(|(slips, _)| *slips).map(|(_, other)| other)
}

/// How many characters must be inserted, removed or replaced to get from one text to the other.
fn slips(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, left) in (1..).zip(one.chars()) {
        let mut before = line;
        let mut diagonal = row.first().copied().unwrap_or_default();
        if let Some(first) = row.first_mut() {
            *first = line;
        }
        for (cell, right) in row.iter_mut().skip(1).zip(other.chars()) {
            let replaced = diagonal.saturating_add(usize::from(left != right));
            diagonal = *cell;
            *cell = replaced.min(diagonal.min(before).saturating_add(1));
            before = *cell;
        }
    }
    row.last().copied().unwrap_or_default()
}
