//! The options, a file for each group of them.

mod answers;
mod claims;
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
mod parties;
mod same_site;
mod sessions;
mod setter;

pub use same_site::SameSite;

pub(crate) use answers::AnswerRules;
pub(crate) use cookies::{CookieRules, TokenCookies, is_for_one_host};
pub(crate) use csrf::{CsrfMethods, CsrfRule, OriginRule};
pub(crate) use headers::HeaderRule;
pub(crate) use keys::{KeyInput, KeyRules};
pub(crate) use locations::{JsonRule, Locator, QueryRule};

use list::GROUPS;

use crate::error::ConfigError;
use crate::keys::Backend;
use crate::session::SessionRules;
use crate::token::{IssueRules, Rules};

/// Every option, with its default. Data only: keys, handlers and loaders go to
/// [`JwtManagerBuilder`](crate::JwtManagerBuilder), which checks all of it in `build()`.
///
/// Options carry flask-jwt-extended's names without `JWT_` and in lower case, unless they tell another.
/// [`Config::default`] is safe; [`Config::flask_compatible`] behaves as the reference does, and each of its leniencies is
/// a setter of its own, so that a migrated service can close them one by one:
///
/// | option | `default()` | `flask_compatible()` |
/// | --- | --- | --- |
/// | [`required_claims`](Self::required_claims) | `exp`, `type`, `jti` | none |
/// | [`any_type_is_access`](Self::any_type_is_access) | no | yes |
/// | [`any_typ`](Self::any_typ) | no | yes |
/// | [`decode_leeway`](Self::decode_leeway) | `exp` 0 s, `iat` and `nbf` 5 s | 0 s |
/// | [`ignore_unconfigured_claims`](Self::ignore_unconfigured_claims) | no | yes |
/// | [`any_time`](Self::any_time) | no | yes |
/// | [`any_fresh`](Self::any_fresh) | no | yes |
/// | [`join_repeated_headers`](Self::join_repeated_headers) | no: 400 | yes |
/// | [`insecure_claim_override`](Self::insecure_claim_override) | no | yes |
/// | [`first_token_wins`](Self::first_token_wins) | no: 400 | yes |
/// | [`cookie_secure`](Self::cookie_secure), [`cookie_same_site`](Self::cookie_same_site) | yes, `Lax` | no, none |
/// | [`csrf_claim`](Self::csrf_claim) | with cookies | yes |
/// | [`csrf_methods`](Self::csrf_methods) | all but GET, HEAD, OPTIONS, TRACE | POST, PUT, PATCH, DELETE |
///
/// # Files
///
/// Options are read from any format that tells types, such as JSON, TOML and YAML: alone, or as a part of the settings of
/// an application. Fields have the names of the setters; what is left out is as in [`Config::default`] or, beside
/// `flask_compatible: true`, as in [`Config::flask_compatible`].
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
/// # let jwt = jwt_core::JwtManager::builder(config).secret("MDYxN2FiMTAtZmU0ZS00Y2UzLWI4Nzkt").build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Durations are seconds, whole or not. A lifetime may be `false`, as in the reference, which is
/// [`insecure_access_never_expires`](Self::insecure_access_never_expires) or
/// [`insecure_refresh_never_expires`](Self::insecure_refresh_never_expires). Algorithms and places have their names
/// ([`Algorithm::as_str`](crate::Algorithm::as_str), [`Location::as_str`](crate::Location::as_str)). Where the reference takes one text or a list, so do the fields: places,
/// audiences, `decode_issuer`. Where it takes `None`, `null` is none. Setters without an argument are `true` or `false`.
///
/// The order of fields does not matter: one that says more exactly what is meant wins, such as `exp_leeway` over
/// `decode_leeway`, `decode_audience` over `audience`, and a lifetime over `insecure_never_expires`; `required_claims` is
/// exact, and with `exp` in it no token without is issued. Without `cookie_csrf_protect`, no `csrf` claim is written
/// unless `csrf_claim` says so, as in the reference.
///
/// Unknown names, and keys, which are no options, are errors. [`with_env`](Self::with_env) overlays the environment.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Config {
    answers: answers::Options,
    claims: claims::Options,
    cookies: cookies::Options,
    csrf: csrf::Options,
    headers: headers::Options,
    keys: keys::Options,
    lifetimes: lifetimes::Options,
    locations: locations::Options,
    parties: parties::Options,
    sessions: sessions::Options,
}

/// Presets.
impl Config {
    /// The behaviour of flask-jwt-extended 4.7, for a service that moves: its clients see the same answers.
    ///
    /// What is refused here too: short secrets, lifetimes of zero, unknown `crit`, `alg: none`, tokens over the
    /// size cap, base64url that is not canonical, names that stand twice, times that are no numbers.
    pub fn flask_compatible() -> Self {
        GROUPS.iter().fold(Self::default(), |config, group| (group.flask)(config))
    }
}

/// What the stages look at, compiled.
impl Config {
    /// That each option can have its value; `sessions` says whether there is a store of them.
    pub(crate) fn check(&self, sessions: bool) -> Result<(), ConfigError> {
        GROUPS.iter().try_for_each(|group| (group.check)(self))?;
        if sessions { sessions::check_claims(self) } else { Ok(()) }
    }

    /// What the manager's own keys must be.
    pub(crate) fn key_rules(&self, backend: Backend) -> KeyRules {
        self.keys.compile(backend)
    }

    /// What the claims of the manager's own tokens are held against.
    pub(crate) fn rules(&self, sessions: bool) -> Rules {
        Rules {
            max_token_bytes: self.locations.max_token_bytes,
            algorithms: Vec::new(),
            sessions,
            claims: self.claims.rules(),
            leeways: self.lifetimes.leeways(),
            parties: self.parties.rules(),
        }
    }

    /// How tokens are issued.
    pub(crate) fn issue_rules(&self, sessions: bool) -> IssueRules {
        IssueRules {
            max_token_bytes: self.locations.max_token_bytes,
            sessions,
            csrf: self.csrf.writes_claim(&self.locations.token_location),
            claims: self.claims.issue_rules(),
            lifetimes: self.lifetimes.lifetimes(),
            parties: self.parties.issue_rules(),
        }
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
