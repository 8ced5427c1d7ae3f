//! The options. Each group of them has its own file.

mod answers;
mod authorities;
mod claims;
mod connections;
mod cookie_scope;
mod cookies;
mod csrf;
mod data;
mod env;
mod group;
mod headers;
mod keys;
mod lifetimes;
mod list;
mod locations;
mod names;
mod no_store;
mod parties;
mod resource;
mod same_site;
mod sessions;
mod setter;

pub use cookie_scope::CookieScope;
pub use no_store::NoStore;
pub use same_site::SameSite;

pub(crate) use answers::AnswerRules;
pub(crate) use claims::{cannot_be_identity_claim, cannot_be_kind_claim};
pub(crate) use cookies::{CookieRules, TokenCookies, is_for_one_host};
pub(crate) use csrf::{CsrfMethods, CsrfRule, OriginRule};
pub(crate) use headers::HeaderRule;
pub(crate) use keys::{KeyInput, KeyRules};
pub(crate) use locations::{JsonRule, Locator, QueryRule};
pub(crate) use resource::Document;

use std::time::Duration;

use list::GROUPS;

use crate::authority::Hierarchy;
use crate::error::ConfigError;
use crate::keys::Backend;
use crate::session::SessionRules;
use crate::token::{IssueRules, Rules};

/// The options of a [`JwtManager`](crate::JwtManager).
///
/// A `Config` is plain data. Keys, handlers, and loaders are passed to the
/// [`JwtManagerBuilder`](crate::JwtManagerBuilder), whose `build()` checks everything.
///
/// ```
/// use std::time::Duration;
///
/// use jwt_core::{Config, JwtManager, Location};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let config = Config::default()
///     .access_token_expires(Duration::from_secs(10 * 60))
///     .token_location([Location::Header, Location::Cookie])
///     .issuer("https://login.example")
///     .audience("https://api.example");
/// let jwt = JwtManager::builder(config).secret(secret).build()?;
/// # Ok(())
/// # }
/// ```
///
/// Options have the names of flask-jwt-extended, without `JWT_` and in lower case, unless their documentation says
/// otherwise. [`Config::default`] is secure. [`Config::flask_compatible`] behaves like flask-jwt-extended. Each of its
/// leniencies is a separate option, so a migrated service can turn them off individually:
///
/// | option | `default()` | `flask_compatible()` |
/// | --- | --- | --- |
/// | [`insecure_allow_missing_exp`](Self::insecure_allow_missing_exp) | no | yes |
/// | [`insecure_allow_missing_type`](Self::insecure_allow_missing_type) | no | yes |
/// | [`insecure_allow_missing_jti`](Self::insecure_allow_missing_jti) | no | yes |
/// | [`insecure_any_type_is_access`](Self::insecure_any_type_is_access) | no | yes |
/// | [`insecure_empty_identity`](Self::insecure_empty_identity) | no | yes |
/// | [`insecure_ignore_confirmation`](Self::insecure_ignore_confirmation) | no | yes |
/// | [`any_typ`](Self::any_typ) | no | yes |
/// | [`decode_leeway`](Self::decode_leeway) | `exp` 0 s, `iat` and `nbf` 5 s | 0 s |
/// | [`ignore_unconfigured_claims`](Self::ignore_unconfigured_claims) | no | yes |
/// | [`any_time`](Self::any_time) | no | yes |
/// | [`any_fresh`](Self::any_fresh) | no | yes |
/// | [`join_repeated_headers`](Self::join_repeated_headers) | no: 400 | yes |
/// | [`insecure_claim_override`](Self::insecure_claim_override) | no | yes |
/// | [`first_token_wins`](Self::first_token_wins) | no: 400 | yes |
/// | [`insecure_exempt_options`](Self::insecure_exempt_options) | no | yes |
/// | [`cookie_secure`](Self::cookie_secure), [`cookie_same_site`](Self::cookie_same_site) | yes, `Lax` | no, none |
/// | [`insecure_same_site_none`](Self::insecure_same_site_none) | no | yes |
/// | [`insecure_unlimited_renewal`](Self::insecure_unlimited_renewal) | no: 24 hours | yes |
/// | [`csrf_claim`](Self::csrf_claim) | with cookies | yes |
/// | [`csrf_per_session`](Self::csrf_per_session) | yes | no: a value per token |
/// | [`insecure_any_upgrade_origin`](Self::insecure_any_upgrade_origin) | no | yes |
/// | [`no_store`](Self::no_store) | for tokens in cookies and in the query | never |
/// | [`csrf_methods`](Self::csrf_methods) | all except GET, HEAD, OPTIONS, TRACE | POST, PUT, PATCH, DELETE |
///
/// # Files
///
/// Options can be deserialized from any self-describing format, such as JSON, TOML, or YAML, alone or as part of an
/// application's settings. Fields have the names of the setters. A missing field keeps its value from
/// [`Config::default`], or from [`Config::flask_compatible`] if `flask_compatible` is `true`.
///
/// ```
/// # #[derive(serde::Deserialize)]
/// struct Settings {
///     jwt: jwt_core::Config,
/// }
/// # let text = r#"
/// {
///     "jwt": {
///         "access_token_expires": 600,
///         "token_location": ["headers", "cookies"],
///         "cookie_same_site": "Strict"
///     }
/// }
/// # "#;
/// # let Settings { jwt: config } = serde_json::from_str(text)?;
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// # let jwt = jwt_core::JwtManager::builder(config).secret(secret).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// * Durations are in seconds and can have a fraction.
/// * A lifetime can be `false`, as in flask-jwt-extended. This means
///   [`insecure_access_never_expires`](Self::insecure_access_never_expires) or
///   [`insecure_refresh_never_expires`](Self::insecure_refresh_never_expires).
/// * Algorithms and locations are the strings of [`Algorithm::as_str`](crate::Algorithm::as_str) and
///   [`Location::as_str`](crate::Location::as_str).
/// * If flask-jwt-extended accepts a string or a list, so does the field: `token_location`, the audiences, and
///   `decode_issuer`. If it accepts `None`, the field accepts `null`.
/// * Setters without an argument are `true` or `false`.
///
/// The order of fields does not matter. The more specific field wins: `exp_leeway` over `decode_leeway`,
/// `decode_audience` over `audience`, and a lifetime over `insecure_never_expires`. `required_claims` adds to what is
/// required anyway, so if it contains `exp`, no token without `exp` is issued. If `cookie_csrf_protect` is `false`,
/// tokens do not have a `csrf` claim unless `csrf_claim` is set, as in flask-jwt-extended.
///
/// Unknown fields are errors, and so are keys, because they are not options. [`with_env`](Self::with_env) overrides the
/// options with environment variables.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Config {
    answers: answers::Options,
    authorities: authorities::Options,
    claims: claims::Options,
    connections: connections::Options,
    cookies: cookies::Options,
    csrf: csrf::Options,
    headers: headers::Options,
    keys: keys::Options,
    lifetimes: lifetimes::Options,
    locations: locations::Options,
    parties: parties::Options,
    resource: resource::Options,
    sessions: sessions::Options,
}

/// Presets.
impl Config {
    /// Returns options that behave like flask-jwt-extended 4.7. The clients of a migrated service get the same
    /// responses.
    ///
    /// The following are still rejected: short secrets, lifetimes of zero, an unknown `crit`, `alg: none`, tokens that
    /// are longer than the maximum, base64url that is not canonical, duplicate names, and times that are not numbers.
    pub fn flask_compatible() -> Self {
        GROUPS.iter().fold(Self::default(), |config, group| (group.flask)(config))
    }

    /// Returns options that accept the tokens that a service has issued with the `jsonwebtoken` crate, until they have
    /// expired. New tokens have all claims of this library.
    ///
    /// Such tokens have the claims of an application's struct, often only `sub` and `exp`. The options are more lenient
    /// in three ways:
    ///
    /// - **`jti` is not required** ([`insecure_allow_missing_jti`](Self::insecure_allow_missing_jti)). A token without
    ///   it can't be revoked or logged out on its own. With a session store,
    ///   [`JwtManager::end_issued_before`](crate::JwtManager::end_issued_before) rejects it.
    /// - **`type` is not required** ([`insecure_allow_missing_type`](Self::insecure_allow_missing_type)). A token
    ///   without it counts as an access token, so every token that was signed with this key and lacks a `type` grants
    ///   access. If the service issues other tokens with the same key, such as refresh tokens or tokens for a password
    ///   reset, sign those with a different key first, or reject them in a
    ///   [`token_verification_loader`](crate::JwtManagerBuilder::token_verification_loader).
    /// - **The leeway is 60 seconds** for `exp` and `nbf`, which is `jsonwebtoken`'s default, and for `iat`.
    ///
    /// The guide contains a [page for users of `jsonwebtoken`](crate::guide::coming_from_jsonwebtoken).
    ///
    /// Everything else is as strict as in [`Config::default`]: `exp` and the identity are required, `sub` must be a
    /// string, and a token with an `aud` is rejected unless [`audience`](Self::audience) is set. For other claims, add
    /// [`identity_claim`](Self::identity_claim) or [`verify_sub(false)`](Self::verify_sub). Go back to
    /// `Config::default` once the last old token has expired.
    ///
    /// ```
    /// use jwt_core::{Config, JwtManager};
    ///
    /// # let secret = &jwt_core::keys::Secret::generate()?;
    /// let config = Config::jsonwebtoken_compatible().identity_claim("user_id");
    /// let jwt = JwtManager::builder(config).secret(secret).build()?;
    /// # Ok::<(), jwt_core::ConfigError>(())
    /// ```
    pub fn jsonwebtoken_compatible() -> Self {
        Self::default()
            .insecure_allow_missing_type(true)
            .insecure_allow_missing_jti(true)
            .decode_leeway(Duration::from_secs(60))
    }
}

/// The compiled options.
impl Config {
    /// Checks the value of each option. `sessions` says whether the manager has a session store, and `one_issuer`
    /// whether it has a store that keeps all its users under one issuer.
    pub(crate) fn check(&self, sessions: bool, one_issuer: bool) -> Result<(), ConfigError> {
        GROUPS.iter().try_for_each(|group| (group.check)(self))?;
        if one_issuer {
            parties::check_subjects(self)?;
        }
        if sessions { sessions::check_claims(self) } else { Ok(()) }
    }

    /// Logs what is permitted but does not work.
    pub(crate) fn warn(&self) {
        if self.cookies.lacks_secure() {
            tracing::warn!(
                "browsers drop cookies with SameSite=None but without Secure: use cookie_secure(true), or \
                 SameSite::Lax for plain HTTP"
            );
        }
    }

    /// The requirements for the manager's own keys.
    pub(crate) fn key_rules(&self, backend: Backend) -> KeyRules {
        self.keys.compile(backend)
    }

    /// The rules for the claims of the manager's own tokens.
    pub(crate) fn rules(&self, sessions: bool) -> Rules {
        Rules {
            max_token_bytes: self.locations.max_token_bytes,
            trusted: None,
            algorithms: Vec::new(),
            sessions,
            claims: self.claims.rules(self.authorities.mapping()),
            leeways: self.lifetimes.leeways(),
            parties: self.parties.rules(self.resource.uri()),
        }
    }

    /// The rules for issuing tokens.
    pub(crate) fn issue_rules(&self, sessions: bool) -> IssueRules {
        IssueRules {
            max_token_bytes: self.locations.max_token_bytes,
            sessions,
            csrf: self.csrf.writes_claim(&self.locations.token_location),
            csrf_per_session: self.csrf.csrf_per_session,
            claims: self.claims.issue_rules(),
            lifetimes: self.lifetimes.lifetimes(),
            parties: self.parties.issue_rules(self.resource.uri()),
            authorities: self.authorities.mapping(),
        }
    }

    pub(crate) fn hierarchy(&self) -> Result<Hierarchy, ConfigError> {
        self.authorities.hierarchy()
    }

    pub(crate) fn locator(&self) -> Result<Locator, ConfigError> {
        locations::compile(self)
    }

    pub(crate) fn cookie_rules(&self) -> CookieRules {
        cookies::compile(self)
    }

    pub(crate) fn answer_rules(&self) -> AnswerRules {
        answers::compile(self)
    }

    pub(crate) fn session_rules(&self) -> SessionRules {
        sessions::compile(self)
    }
}

fn boxes(texts: &[String]) -> Vec<Box<str>> {
    texts.iter().map(|text| text.as_str().into()).collect()
}
