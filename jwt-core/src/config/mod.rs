use std::time::Duration;

mod cookies;
mod data;
mod env;
mod fields;
mod places;
mod sessions;
mod setter;

pub use cookies::SameSite;

use crate::request::CsrfMethods;
use crate::{Algorithm, Location};

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
/// ([`Algorithm::as_str`], [`Location::as_str`]). Where the reference takes one text or a list, so do the fields: places,
/// audiences, `decode_issuer`. Where it takes `None`, `null` is none. Setters without an argument are `true` or `false`.
///
/// The order of fields does not matter: one that says more exactly what is meant wins, such as `exp_leeway` over
/// `decode_leeway`, `decode_audience` over `audience`, and a lifetime over `insecure_never_expires`; `required_claims` is
/// exact, and with `exp` in it no token without is issued. Without `cookie_csrf_protect`, no `csrf` claim is written
/// unless `csrf_claim` says so, as in the reference.
///
/// Unknown names, and keys, which are no options, are errors. [`with_env`](Self::with_env) overlays the environment.
#[derive(Clone, Debug)]
#[must_use]
pub struct Config {
    pub(crate) access_token_expires: Option<Duration>,
    pub(crate) refresh_token_expires: Option<Duration>,
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) decode_algorithms: Vec<Algorithm>,
    pub(crate) insecure_short_secret: bool,
    pub(crate) max_token_bytes: usize,
    pub(crate) token_location: Vec<Location>,
    pub(crate) first_token_wins: bool,
    pub(crate) access_cookie_name: String,
    pub(crate) refresh_cookie_name: String,
    pub(crate) access_cookie_path: String,
    pub(crate) refresh_cookie_path: String,
    pub(crate) cookie_secure: bool,
    pub(crate) cookie_domain: Option<String>,
    pub(crate) cookie_same_site: Option<SameSite>,
    pub(crate) session_cookie: bool,
    pub(crate) cookie_partitioned: bool,
    pub(crate) csrf_in_cookies: bool,
    pub(crate) access_csrf_cookie_name: String,
    pub(crate) refresh_csrf_cookie_name: String,
    pub(crate) access_csrf_cookie_path: String,
    pub(crate) refresh_csrf_cookie_path: String,
    pub(crate) cookie_csrf_protect: bool,
    pub(crate) csrf_methods: CsrfMethods,
    pub(crate) access_csrf_header_name: String,
    pub(crate) refresh_csrf_header_name: String,
    pub(crate) query_string_name: String,
    pub(crate) query_string_value_prefix: String,
    pub(crate) csrf_check_origin: bool,
    pub(crate) csrf_trusted_origins: Vec<String>,
    pub(crate) csrf_check_form: bool,
    pub(crate) access_csrf_field_name: String,
    pub(crate) refresh_csrf_field_name: String,
    pub(crate) json_key: String,
    pub(crate) refresh_json_key: String,
    pub(crate) buffered_body: Option<usize>,
    pub(crate) header_name: String,
    pub(crate) header_type: String,
    pub(crate) join_repeated_headers: bool,
    pub(crate) identity_claim: String,
    pub(crate) verify_sub: bool,
    pub(crate) encode_nbf: bool,
    pub(crate) csrf_claim: Option<bool>,
    pub(crate) encode_audience: Vec<String>,
    /// `None` where nobody is expected, and nothing accepted where the list is empty.
    pub(crate) decode_audience: Option<Vec<String>>,
    pub(crate) encode_issuer: Option<String>,
    pub(crate) decode_issuer: Option<Vec<String>>,
    pub(crate) required_claims: Vec<String>,
    pub(crate) exp_leeway: Duration,
    pub(crate) nbf_leeway: Duration,
    pub(crate) iat_leeway: Duration,
    pub(crate) any_type_is_access: bool,
    pub(crate) any_typ: bool,
    pub(crate) ignore_unconfigured_claims: bool,
    pub(crate) any_time: bool,
    pub(crate) any_fresh: bool,
    pub(crate) claim_override: bool,
    pub(crate) error_message_key: String,
    pub(crate) realm: Option<String>,
    pub(crate) session_expires: Duration,
    pub(crate) session_idle_expires: Option<Duration>,
    pub(crate) rotation_grace: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            access_token_expires: Some(Duration::from_secs(15 * 60)),
            refresh_token_expires: Some(Duration::from_secs(30 * 24 * 60 * 60)),
            algorithm: None,
            decode_algorithms: Vec::new(),
            insecure_short_secret: false,
            max_token_bytes: 16 * 1024,
            token_location: vec![Location::Header],
            first_token_wins: false,
            access_cookie_name: "access_token_cookie".into(),
            refresh_cookie_name: "refresh_token_cookie".into(),
            access_cookie_path: "/".into(),
            refresh_cookie_path: "/".into(),
            cookie_secure: true,
            cookie_domain: None,
            cookie_same_site: Some(SameSite::Lax),
            session_cookie: true,
            cookie_partitioned: false,
            csrf_in_cookies: true,
            access_csrf_cookie_name: "csrf_access_token".into(),
            refresh_csrf_cookie_name: "csrf_refresh_token".into(),
            access_csrf_cookie_path: "/".into(),
            refresh_csrf_cookie_path: "/".into(),
            cookie_csrf_protect: true,
            csrf_methods: CsrfMethods::Unsafe,
            access_csrf_header_name: "X-CSRF-TOKEN".into(),
            refresh_csrf_header_name: "X-CSRF-TOKEN".into(),
            query_string_name: "jwt".into(),
            query_string_value_prefix: String::new(),
            csrf_check_origin: false,
            csrf_trusted_origins: Vec::new(),
            csrf_check_form: false,
            access_csrf_field_name: "csrf_token".into(),
            refresh_csrf_field_name: "csrf_token".into(),
            json_key: "access_token".into(),
            refresh_json_key: "refresh_token".into(),
            buffered_body: None,
            header_name: "Authorization".into(),
            header_type: "Bearer".into(),
            join_repeated_headers: false,
            identity_claim: "sub".into(),
            verify_sub: true,
            encode_nbf: true,
            csrf_claim: None,
            encode_audience: Vec::new(),
            decode_audience: None,
            encode_issuer: None,
            decode_issuer: None,
            required_claims: vec!["exp".into(), "type".into(), "jti".into()],
            exp_leeway: Duration::ZERO,
            nbf_leeway: Duration::from_secs(5),
            iat_leeway: Duration::from_secs(5),
            any_type_is_access: false,
            any_typ: false,
            ignore_unconfigured_claims: false,
            any_time: false,
            any_fresh: false,
            claim_override: false,
            error_message_key: "msg".into(),
            realm: None,
            session_expires: Duration::from_secs(90 * 24 * 60 * 60),
            session_idle_expires: None,
            rotation_grace: Duration::from_secs(10),
        }
    }
}

impl Config {
    /// The behaviour of flask-jwt-extended 4.7, for a service that moves: its clients see the same answers.
    ///
    /// What is refused here too: short secrets, lifetimes of zero, unknown `crit`, `alg: none`, tokens over the
    /// size cap, base64url that is not canonical, names that stand twice, times that are no numbers.
    pub fn flask_compatible() -> Self {
        Self::default()
            .required_claims([""; 0])
            .any_type_is_access(true)
            .any_typ(true)
            .decode_leeway(Duration::ZERO)
            .ignore_unconfigured_claims(true)
            .any_time(true)
            .any_fresh(true)
            .join_repeated_headers(true)
            .first_token_wins(true)
            .cookie_secure(false)
            .cookie_same_site(None)
            .csrf_methods(["POST", "PUT", "PATCH", "DELETE"])
            .insecure_claim_override(true)
            .csrf_claim(true)
    }

    /// Lifetime of access tokens, and of custom kinds. Default: 15 minutes. From one second to 100 years.
    pub const fn access_token_expires(mut self, lifetime: Duration) -> Self {
        self.access_token_expires = Some(lifetime);
        self
    }

    /// Lifetime of refresh tokens. Default: 30 days. From one second to 100 years.
    pub const fn refresh_token_expires(mut self, lifetime: Duration) -> Self {
        self.refresh_token_expires = Some(lifetime);
        self
    }

    /// Access tokens, and those of custom kinds, never expire, and `exp` is no longer required of any token. A stolen
    /// token then works until the key is changed. Default: no. The reference's `JWT_ACCESS_TOKEN_EXPIRES = False`.
    pub fn insecure_access_never_expires(mut self) -> Self {
        self.access_token_expires = None;
        self.required_claims.retain(|claim| claim != "exp");
        self
    }

    /// Refresh tokens never expire, and `exp` is no longer required of any token. Default: no. The reference's
    /// `JWT_REFRESH_TOKEN_EXPIRES = False`.
    pub fn insecure_refresh_never_expires(mut self) -> Self {
        self.refresh_token_expires = None;
        self.required_claims.retain(|claim| claim != "exp");
        self
    }

    /// No token expires: both [`insecure_access_never_expires`](Self::insecure_access_never_expires) and
    /// [`insecure_refresh_never_expires`](Self::insecure_refresh_never_expires). Default: no.
    pub fn insecure_never_expires(self) -> Self {
        self.insecure_access_never_expires().insecure_refresh_never_expires()
    }

    /// The algorithm that signs. Default: HS256 for a secret, the key's own for a key pair; another than the key's is
    /// an error.
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// The algorithms that verify; the signing one is always among them. Default: that one alone, or those of the
    /// keys of a [`KeyRing`](crate::keys::KeyRing). One secret or key pair serves several of its kind, such as RS256
    /// and PS256; several kinds need a ring.
    pub fn decode_algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.decode_algorithms = algorithms.into_iter().collect();
        self
    }

    /// Accepts a secret that is shorter than its hash, against RFC 7518, 3.2, or that everybody tries first. It can be
    /// guessed offline from any one token. Default: no.
    pub const fn insecure_short_secret(mut self) -> Self {
        self.insecure_short_secret = true;
        self
    }

    /// The longest token in bytes, looked at before anything is decoded. Default: 16 KiB; at least 64 bytes.
    pub const fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.max_token_bytes = bytes;
        self
    }

    /// The claim with the identity; every token must have it. Default: `sub`. Not a name with another meaning, such as
    /// `jti`.
    pub fn identity_claim(mut self, name: impl Into<String>) -> Self {
        self.identity_claim = name.into();
        self
    }

    /// Whether `sub` must be a string (RFC 7519, 4.1.2). Default: yes.
    pub const fn verify_sub(mut self, verify: bool) -> Self {
        self.verify_sub = verify;
        self
    }

    /// Whether tokens are issued with `nbf`. Default: yes, equal to `iat`.
    pub const fn encode_nbf(mut self, encode: bool) -> Self {
        self.encode_nbf = encode;
        self
    }

    /// Whether tokens are issued with a `csrf` claim, a random UUID. Default: where cookies are one of the
    /// [places](Self::token_location), unless [`cookie_csrf_protect`](Self::cookie_csrf_protect) is off. A service
    /// that takes cookies on some routes only, by their policies, sets it.
    pub const fn csrf_claim(mut self, write: bool) -> Self {
        self.csrf_claim = Some(write);
        self
    }

    /// The `aud` of issued tokens, and what presented ones must name: both
    /// [`encode_audience`](Self::encode_audience) and [`decode_audience`](Self::decode_audience). Default: none.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        let audience = audience.into();
        self.encode_audience([audience.clone()]).decode_audience([audience])
    }

    /// The `aud` of issued tokens; one is written as a string, several as a list. Default: none. Needs
    /// [`decode_audience`](Self::decode_audience), unless
    /// [`ignore_unconfigured_claims`](Self::ignore_unconfigured_claims) is set. None may be empty.
    pub fn encode_audience<S: Into<String>>(mut self, audience: impl IntoIterator<Item = S>) -> Self {
        self.encode_audience = audience.into_iter().map(Into::into).collect();
        self
    }

    /// One of these must be in a token's `aud` (RFC 7519, 4.1.3). Default: none; then a token must have no `aud`
    /// at all, unless [`ignore_unconfigured_claims`](Self::ignore_unconfigured_claims) is set. None may be
    /// empty; an empty list accepts nothing.
    pub fn decode_audience<S: Into<String>>(mut self, audience: impl IntoIterator<Item = S>) -> Self {
        self.decode_audience = Some(audience.into_iter().map(Into::into).collect());
        self
    }

    /// The `iss` of issued tokens, and of accepted ones: both [`encode_issuer`](Self::encode_issuer) and
    /// [`decode_issuer`](Self::decode_issuer). Default: none.
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        let issuer = issuer.into();
        self.encode_issuer(issuer.clone()).decode_issuer([issuer])
    }

    /// The `iss` of issued tokens. Default: none.
    pub fn encode_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.encode_issuer = Some(issuer.into());
        self
    }

    /// A token's `iss` must be one of these, to the letter (RFC 7519, 4.1.1). Default: not checked. None
    /// may be empty; an empty list accepts nothing.
    pub fn decode_issuer<S: Into<String>>(mut self, issuers: impl IntoIterator<Item = S>) -> Self {
        self.decode_issuer = Some(issuers.into_iter().map(Into::into).collect());
        self
    }

    /// The claims that every token must have, beside the identity. Default: `exp`, `type`, `jti`. None may be empty.
    pub fn required_claims<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.required_claims = names.into_iter().map(Into::into).collect();
        self
    }

    /// How far clocks may be apart, for `exp`, `nbf` and `iat` alike. Default: 0 for `exp`, 5 seconds for `nbf` and
    /// `iat`. At most 300 seconds.
    pub const fn decode_leeway(self, leeway: Duration) -> Self {
        self.exp_leeway(leeway).nbf_leeway(leeway).iat_leeway(leeway)
    }

    /// How long after `exp` a token is still accepted. Default: 0. At most 300 seconds.
    pub const fn exp_leeway(mut self, leeway: Duration) -> Self {
        self.exp_leeway = leeway;
        self
    }

    /// How long before `nbf` a token is accepted already. Default: 5 seconds. At most 300 seconds.
    pub const fn nbf_leeway(mut self, leeway: Duration) -> Self {
        self.nbf_leeway = leeway;
        self
    }

    /// How far `iat` may lie in the future. Default: 5 seconds. At most 300 seconds.
    pub const fn iat_leeway(mut self, leeway: Duration) -> Self {
        self.iat_leeway = leeway;
        self
    }

    /// Counts every `type` but `refresh` as access, whatever it is, and its absence too. Default: no.
    pub const fn any_type_is_access(mut self, lenient: bool) -> Self {
        self.any_type_is_access = lenient;
        self
    }

    /// Accepts any `typ` header, instead of `JWT` or none (RFC 8725, 3.11). Default: no.
    pub const fn any_typ(mut self, lenient: bool) -> Self {
        self.any_typ = lenient;
        self
    }

    /// Does not look at `aud` and `iss` of a token where no audience or issuer is configured, instead of
    /// refusing an `aud` and an `iss` that is no string. Default: no.
    pub const fn ignore_unconfigured_claims(mut self, lenient: bool) -> Self {
        self.ignore_unconfigured_claims = lenient;
        self
    }

    /// Accepts times before the year 1 and after the year 9999, such as milliseconds taken for seconds, instead of
    /// refusing them. Default: no.
    pub const fn any_time(mut self, lenient: bool) -> Self {
        self.any_time = lenient;
        self
    }

    /// Takes a `fresh` claim that is neither bool nor number for "not fresh", instead of refusing the token. Default:
    /// no.
    pub const fn any_fresh(mut self, lenient: bool) -> Self {
        self.any_fresh = lenient;
        self
    }

    /// Lets additional claims overwrite those that this library writes, `exp` and `sub` among them, and tokens be
    /// issued for an identity that is refused when they come back. Default: no.
    pub const fn insecure_claim_override(mut self, lenient: bool) -> Self {
        self.claim_override = lenient;
        self
    }

    /// The key of the default error bodies. Default: `msg`. Not empty.
    pub fn error_message_key(mut self, key: impl Into<String>) -> Self {
        self.error_message_key = key.into();
        self
    }

    /// The `realm` of the challenges (RFC 9110, 11.5): printable ASCII. Default: none.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = Some(realm.into());
        self
    }
}
