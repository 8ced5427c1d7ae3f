//! From options to what the stages look at.

use std::time::Duration;

use http::HeaderName;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::keys::{Backend, KeyRing, Keys, Secret, SigningKey, VerifyingKey};
use crate::request::{Cookies, CsrfRule, Header, JsonKey, Locator, Names, OriginRule, Query};
use crate::response::{CookieRules, CsrfCookies};
use crate::session::SessionRules;
use crate::token::{IssueRules, Rules, Typ};
use crate::{Algorithm, Config, ConfigError};

/// The reference's year.
const KEPT_FOR: Duration = Duration::from_secs(31_540_000);

/// What a setter for keys was given.
pub(super) enum Given {
    Secret(Secret),
    KeyPair(SigningKey),
    PublicKey(VerifyingKey),
    Ring(KeyRing),
}

pub(super) fn keys(
    config: &Config,
    given: Vec<Given>,
    backend: Backend,
    has_other_keys: bool,
) -> Result<Keys, ConfigError> {
    let mut given = given.into_iter();
    let keys = match (given.next(), given.next()) {
        (None, _) if has_other_keys => return Ok(Keys::none()),
        (None, _) => return Err(ConfigError::MissingKey),
        (Some(keys), None) => keys,
        (Some(_), Some(_)) => {
            return Err(ConfigError::invalid(
                "key",
                "is given in more than one way: of secret(), key_pair(), public_key() and keys(), call one; a KeyRing \
                 takes several",
            ));
        }
    };
    match keys {
        Given::Secret(secret) => {
            let algorithm = config.algorithm.unwrap_or(Algorithm::HS256);
            check_secret(config, &secret, algorithm)?;
            let key = SigningKey::of_secret(algorithm, secret, backend)?;
            let verifying = key.verifying_key().clone();
            Keys::one(Some(key), &verifying, &config.decode_algorithms, backend)
        }
        Given::KeyPair(key) => {
            let verifying = key.verifying_key().clone();
            agree(config, &verifying)?;
            Keys::one(Some(key), &verifying, &config.decode_algorithms, backend)
        }
        Given::PublicKey(key) => {
            agree(config, &key)?;
            Keys::one(None, &key, &config.decode_algorithms, backend)
        }
        Given::Ring(ring) => Keys::ring(ring, config.algorithm, &config.decode_algorithms, backend),
    }
}

/// That a key is for the configured algorithm and, if it is a secret, is long enough for the others that it will serve.
fn agree(config: &Config, key: &VerifyingKey) -> Result<(), ConfigError> {
    let of_key = key.algorithm();
    match (config.algorithm, key.secret()) {
        (Some(algorithm), _) if algorithm != of_key => Err(ConfigError::key(
            format!("a key for {of_key}"),
            format!("one for {algorithm}, which is the algorithm of the Config"),
        )),
        (_, Some(secret)) => check_secret(config, secret, of_key),
        (_, None) => Ok(()),
    }
}

pub(super) fn locator(config: &Config) -> Result<Locator, ConfigError> {
    let header = |option, name: &str| match HeaderName::try_from(name) {
        Ok(name) => Ok(Box::from(name.as_str())),
        Err(_) => Err(ConfigError::invalid(
            option,
            "is no header name (RFC 9110, 5.1): use letters, digits and dashes",
        )),
    };
    Ok(Locator {
        header: Header {
            name: header("header_name", &config.header_name)?,
            scheme: config.header_type.as_str().into(),
            is_list: config.join_repeated_headers,
            max_token_bytes: config.max_token_bytes,
        },
        cookies: Cookies { names: config.cookie_names() },
        query: Query {
            name: config.query_string_name.as_str().into(),
            prefix: config.query_string_value_prefix.as_str().into(),
        },
        json: JsonKey { names: config.json_names() },
        csrf: CsrfRule {
            fields: config.csrf_check_form.then(|| Names {
                access: config.access_csrf_field_name.as_str().into(),
                refresh: config.refresh_csrf_field_name.as_str().into(),
            }),
            protect: config.cookie_csrf_protect,
            origin: config
                .csrf_check_origin
                .then(|| OriginRule { trusted: boxes(&config.csrf_trusted_origins) }),
            methods: config.csrf_methods.clone(),
            headers: Names {
                access: header("access_csrf_header_name", &config.access_csrf_header_name)?,
                refresh: header("refresh_csrf_header_name", &config.refresh_csrf_header_name)?,
            },
        },
        first_token_wins: config.first_token_wins,
    })
}

pub(super) fn cookie_rules(config: &Config) -> CookieRules {
    let names = |access: &str, refresh: &str| Names { access: access.into(), refresh: refresh.into() };
    let paths = |access: &str, refresh: &str| Names { access: path(access), refresh: path(refresh) };
    let csrf = (config.cookie_csrf_protect && config.csrf_in_cookies).then(|| CsrfCookies {
        names: names(&config.access_csrf_cookie_name, &config.refresh_csrf_cookie_name),
        paths: paths(&config.access_csrf_cookie_path, &config.refresh_csrf_cookie_path),
    });
    CookieRules {
        tokens: config.cookie_names(),
        token_paths: paths(&config.access_cookie_path, &config.refresh_cookie_path),
        csrf,
        secure: config.cookie_secure,
        same_site: config.cookie_same_site,
        domain: config.cookie_domain.as_deref().and_then(domain),
        partitioned: config.cookie_partitioned,
        max_age: (!config.session_cookie).then_some(KEPT_FOR),
    }
}

/// What a path may have besides letters and digits, as the reference writes it (RFC 3986, 3.3).
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'%')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b'=')
    .remove(b'@');

fn path(path: &str) -> Box<str> {
    utf8_percent_encode(path, PATH).to_string().into()
}

/// Without a port and a leading dot, neither of which is looked at (RFC 6265, 5.2.3).
fn domain(domain: &str) -> Option<Box<str>> {
    let host = domain.split(':').next().unwrap_or_default().trim_start_matches('.');
    (!host.is_empty()).then(|| host.into())
}

/// The longest hash among the algorithms decides.
fn check_secret(config: &Config, secret: &Secret, signing: Algorithm) -> Result<(), ConfigError> {
    let all = [signing].into_iter().chain(config.decode_algorithms.iter().copied());
    let longest = all.max_by_key(|algorithm| algorithm.min_secret_len()).unwrap_or(signing);
    secret.check(longest, config.insecure_short_secret)
}

fn boxes(texts: &[String]) -> Vec<Box<str>> {
    texts.iter().map(|text| text.as_str().into()).collect()
}

pub(super) fn rules(config: &Config, sessions: bool) -> Rules {
    Rules {
        max_token_bytes: config.max_token_bytes,
        typ: typ(config),
        algorithms: Vec::new(),
        identity_claim: config.identity_claim.as_str().into(),
        required: boxes(&config.required_claims),
        issuers: config.decode_issuer.as_deref().map(boxes),
        audiences: config.decode_audience.as_deref().map(boxes),
        exp_leeway: config.exp_leeway,
        nbf_leeway: config.nbf_leeway,
        iat_leeway: config.iat_leeway,
        verify_sub: config.verify_sub,
        any_type_is_access: config.any_type_is_access,
        ignore_unconfigured: config.ignore_unconfigured_claims,
        any_time: config.any_time,
        any_fresh: config.any_fresh,
        sessions,
    }
}

const fn typ(config: &Config) -> Typ {
    if config.any_typ { Typ::Any } else { Typ::Jwt }
}

/// How long sessions last. An idle limit that is not configured is the lifetime of refresh tokens.
pub(super) fn session_rules(config: &Config) -> SessionRules {
    let idle = config.session_idle_expires.or(config.refresh_token_expires);
    SessionRules {
        expires: config.session_expires,
        idle: idle.unwrap_or(config.session_expires),
        grace: config.rotation_grace,
        leeway: config.exp_leeway,
    }
}

pub(super) fn issue_rules(config: &Config, sessions: bool) -> IssueRules {
    IssueRules {
        access_lifetime: config.access_token_expires,
        refresh_lifetime: config.refresh_token_expires,
        identity_claim: config.identity_claim.as_str().into(),
        audience: boxes(&config.encode_audience),
        issuer: config.encode_issuer.as_deref().map(Into::into),
        nbf: config.encode_nbf,
        csrf: config.writes_csrf(),
        verify_sub: config.verify_sub && !config.claim_override,
        exp_required: config.required_claims.iter().any(|claim| claim == "exp"),
        claim_override: config.claim_override,
        sessions,
        typ: typ(config),
        max_token_bytes: config.max_token_bytes,
    }
}
