//! Cookies that carry tokens (RFC 6265, 4.1).

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::{Cookie, CookieBuilder, Expiration};
use http::HeaderValue;

use crate::config::{CookieRules, SameSite, is_for_one_host};
use crate::error::CookieError;
use crate::wire::{Members, text};

/// The maximum length of a cookie's name and value that browsers support, in bytes (RFC 6265, 6.1).
const MOST_BYTES: usize = 4096;

/// Cookies to set on a response, or to remove from the client.
///
/// [`JwtManager::access_cookies`](crate::JwtManager::access_cookies) and similar methods create them. The adapters'
/// `with_cookies` adds them to a response. `Debug` does not show the cookies.
///
/// ```
/// use jwt_core::{Config, JwtManager, Location};
///
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let config = Config::default().token_location([Location::Cookie]);
/// let jwt = JwtManager::builder(config).secret(secret).build()?;
/// let access = jwt.access_token("alice").encode()?;
/// let refresh = jwt.refresh_token("alice").encode()?;
///
/// // Two cookies with the tokens, and two with their CSRF values.
/// let cookies = jwt.access_cookies(&access).and(jwt.refresh_cookies(&refresh));
/// assert_eq!(cookies.fields()?.len(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "cookies do nothing until they are on a response"]
pub struct SetCookies<'a> {
    rules: &'a CookieRules,
    jobs: Vec<Job<'a>>,
}

#[derive(Clone)]
struct Job<'a> {
    /// `None` removes the cookie.
    token: Option<&'a str>,
    refresh: bool,
    /// Overrides the configuration.
    max_age: Option<Duration>,
    /// If it is empty, a removal is of cookies without a domain.
    domain: Option<Box<str>>,
    path: Option<Box<str>>,
    reach: Reach,
}

/// The scopes that a job is about.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Reach {
    /// The current one, or the one that the job names.
    Current,
    /// The current one, and those of earlier releases, whose cookies are removed.
    All,
    /// Those of earlier releases.
    Former,
}

impl<'a> SetCookies<'a> {
    pub(crate) const fn new(rules: &'a CookieRules) -> Self {
        Self { rules, jobs: Vec::new() }
    }

    pub(crate) fn job(self, token: Option<&'a str>, refresh: bool) -> Self {
        self.push(token, refresh, Reach::All)
    }

    /// Removes the cookies of earlier releases.
    pub(crate) fn former(self, refresh: bool) -> Self {
        self.push(None, refresh, Reach::Former)
    }

    fn push(mut self, token: Option<&'a str>, refresh: bool, reach: Reach) -> Self {
        self.jobs.push(Job { token, refresh, max_age: None, domain: None, path: None, reach });
        self
    }

    /// Adds the cookies of `other`.
    pub fn and(mut self, other: Self) -> Self {
        self.jobs.extend(other.jobs);
        self
    }

    /// Sets the lifetime of the cookies, instead of the configured one. It is rounded up to whole seconds. Zero keeps
    /// the configured lifetime. Cookies that [`and`](Self::and) adds later are not affected.
    pub fn max_age(mut self, age: Duration) -> Self {
        for job in &mut self.jobs {
            job.max_age = Some(age);
        }
        self
    }

    /// Sets the domain of the cookies, instead of the configured one. Browsers also send the cookies to its subdomains.
    /// Cookies that [`and`](Self::and) adds later are not affected.
    ///
    /// A removal then applies to this domain alone, not to [former scopes](crate::Config::former_cookie_scopes). If the
    /// domain is empty, a removal applies to cookies without a domain, which are only for the host that set them. Cookies
    /// that are set keep the configured domain then, as in flask-jwt-extended.
    pub fn domain(mut self, domain: impl Into<Box<str>>) -> Self {
        let domain = domain.into();
        for job in &mut self.jobs {
            job.domain = Some(domain.clone());
            job.name_scope();
        }
        self
    }

    /// Sets the path of the cookies, instead of the configured ones. It must start with a slash. Cookies that
    /// [`and`](Self::and) adds later are not affected.
    ///
    /// A removal then applies to this path alone, not to [former scopes](crate::Config::former_cookie_scopes).
    ///
    /// ```
    /// use jwt_core::{Config, JwtManager, Location};
    /// # use jwt_core::keys::Secret;
    /// # let secret = Secret::generate()?;
    ///
    /// let config = Config::default().token_location([Location::Cookie]).cookie_domain("example.com");
    /// let jwt = JwtManager::builder(config).secret(secret).build()?;
    ///
    /// // Removes the cookies of this host that are only for the API.
    /// let cookies = jwt.unset_cookies().domain("").path("/api");
    /// # assert!(cookies.fields()?.iter().all(|field| field.to_str().unwrap().contains("Path=/api; Max-Age=0")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn path(mut self, path: impl Into<Box<str>>) -> Self {
        let path = path.into();
        for job in &mut self.jobs {
            job.path = Some(path.clone());
            job.name_scope();
        }
        self
    }

    /// Returns the values of the `Set-Cookie` fields, in order.
    ///
    /// # Errors
    ///
    /// Returns an error if one of the cookies can't be set. Set none of them in that case.
    pub fn fields(&self) -> Result<Vec<HeaderValue>, CookieError> {
        let mut fields = Vec::with_capacity(self.jobs.len().saturating_mul(2));
        for job in &self.jobs {
            let Job { token, refresh, .. } = *job;
            let rules = self.rules;
            let (name, path) = (rules.tokens.of(refresh), rules.token_paths.of(refresh));
            let csrf = rules.csrf.as_ref().map(|csrf| (csrf.names.of(refresh), csrf.paths.of(refresh)));
            if job.reach != Reach::Current {
                // First, because old browsers do not tell a cookie of a domain from one of the same host (RFC 6265, 5.3).
                for former in &rules.former {
                    let cookies = [Some((name, path, true)), csrf.map(|(name, path)| (name, path, false))];
                    for (name, path, http_only) in cookies.into_iter().flatten() {
                        if former.is(rules.domain.as_deref(), path) && !job.names_scope() {
                            continue;
                        }
                        let cookie = self.cookie(None, name, None, &former.path, former.domain.as_deref());
                        fields.push(field(&cookie.http_only(http_only).build())?);
                    }
                }
            }
            if job.reach == Reach::Former {
                continue;
            }
            if job.path.as_deref().is_some_and(|path| !path.starts_with('/')) {
                return Err(CookieError::Path);
            }
            let domain = match job.domain.as_deref() {
                Some("") if token.is_none() => None,
                None | Some("") => rules.domain.as_deref(),
                domain => domain,
            };
            let path_of = |path| job.path.as_deref().unwrap_or(path);
            let cookie = self.cookie(job.max_age, name, token, path_of(path), domain);
            fields.push(field(&cookie.http_only(true).build())?);
            let Some((name, path)) = csrf else {
                continue;
            };
            let value = token.map(csrf_of).transpose()?;
            let cookie = self.cookie(job.max_age, name, value.as_deref(), path_of(path), domain);
            fields.push(field(&cookie.build())?);
        }
        Ok(fields)
    }

    /// A cookie, or its removal if there is no value.
    fn cookie<'c>(
        &'c self,
        max_age: Option<Duration>,
        name: &'c str,
        value: Option<&'c str>,
        path: &'c str,
        domain: Option<&'c str>,
    ) -> CookieBuilder<'c> {
        let rules = self.rules;
        // Always set explicitly: otherwise the library adds it to `SameSite=None`.
        let mut cookie = Cookie::build((name, value.unwrap_or_default())).secure(rules.secure);
        if !path.is_empty() {
            cookie = cookie.path(path);
        }
        if let Some(domain) = domain {
            cookie = cookie.domain(domain);
        }
        if let Some(value) = rules.same_site {
            cookie = cookie.same_site(same_site(value));
        }
        if rules.partitioned {
            cookie = cookie.partitioned(true);
        }
        let age = max_age.filter(|age| !age.is_zero()).or(rules.max_age);
        match (value, age) {
            (None, _) => {
                cookie.expires(cookie::time::OffsetDateTime::UNIX_EPOCH).max_age(cookie::time::Duration::ZERO)
            }
            (Some(_), Some(age)) => {
                let whole = age.as_secs().saturating_add(u64::from(age.subsec_nanos() > 0));
                let seconds = i64::try_from(whole).unwrap_or(i64::MAX);
                cookie.max_age(cookie::time::Duration::seconds(seconds))
            }
            (Some(_), None) => cookie.expires(Expiration::Session),
        }
    }
}

impl Job<'_> {
    /// A removal from one scope is not about the others.
    fn name_scope(&mut self) {
        if self.token.is_none() && self.reach == Reach::All {
            self.reach = Reach::Current;
        }
    }

    const fn names_scope(&self) -> bool {
        self.domain.is_some() || self.path.is_some()
    }
}

impl fmt::Debug for SetCookies<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetCookies").finish_non_exhaustive()
    }
}

/// The `csrf` claim of a token that was just issued.
fn csrf_of(token: &str) -> Result<String, CookieError> {
    let payload = token.split('.').nth(1).and_then(|segment| URL_SAFE_NO_PAD.decode(segment).ok());
    let payload = payload.and_then(|payload| String::from_utf8(payload).ok()).ok_or(CookieError::NoCsrf)?;
    let [csrf] = Members::read(&payload, &["csrf"]).ok_or(CookieError::NoCsrf)?.texts();
    let csrf = csrf.and_then(text).ok_or(CookieError::NoCsrf)?;
    Ok(csrf.into_owned())
}

/// The cookie library's name for it.
const fn same_site(same_site: SameSite) -> cookie::SameSite {
    match same_site {
        SameSite::Strict => cookie::SameSite::Strict,
        SameSite::Lax => cookie::SameSite::Lax,
        SameSite::None => cookie::SameSite::None,
    }
}

fn field(cookie: &Cookie<'_>) -> Result<HeaderValue, CookieError> {
    if cookie.name().len().saturating_add(cookie.value().len()) > MOST_BYTES {
        return Err(CookieError::TooLarge);
    }
    // RFC 6265bis, 4.1.3.2. The other requirements of the prefix were checked when the manager was built.
    if is_for_one_host(cookie.name()) && cookie.domain().is_some() {
        return Err(CookieError::Domain);
    }
    if is_for_one_host(cookie.name()) && cookie.path() != Some("/") {
        return Err(CookieError::Path);
    }
    // RFC 6265, 4.1.1: anything else could end the value or the attribute, and start a new one.
    let is_octet = |byte: &u8| matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
    let is_attribute = |text: &str| text.bytes().all(|byte| matches!(byte, b' '..=b':' | b'<'..=b'~'));
    let attributes = [cookie.path(), cookie.domain()];
    if !cookie.value().as_bytes().iter().all(is_octet) || !attributes.into_iter().flatten().all(is_attribute)
    {
        return Err(CookieError::Character);
    }
    let mut value = HeaderValue::try_from(cookie.to_string()).map_err(|_| CookieError::Character)?;
    value.set_sensitive(true);
    Ok(value)
}
