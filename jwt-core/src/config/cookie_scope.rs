use super::names::path;

/// The maximum length of a cookie attribute in bytes. Browsers ignore longer ones (RFC 6265bis, 5.6).
const MOST_OF_AN_ATTRIBUTE: usize = 1024;

/// Where browsers keep a cookie, in addition to its name: the domain and the path (RFC 6265, 5.3).
///
/// [`Config::former_cookie_scopes`](crate::Config::former_cookie_scopes) takes the scopes that an earlier release of
/// the application used. A pair of a domain and a path converts into a scope; an empty domain means that the cookie is
/// only for the host that set it.
///
/// ```
/// use jwt_core::CookieScope;
///
/// assert_eq!(CookieScope::from(("", "/")), CookieScope::host_only());
/// assert_eq!(CookieScope::from(("example.com", "/api")), CookieScope::domain("example.com").path("/api"));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct CookieScope {
    domain: Option<String>,
    path: String,
}

impl CookieScope {
    /// Returns the scope of cookies without a `Domain`, which browsers send only to the host that set them. The path is
    /// `/`.
    pub fn host_only() -> Self {
        Self { domain: None, path: "/".into() }
    }

    /// Returns the scope of cookies for a domain and its subdomains. The path is `/`.
    ///
    /// The domain must be in ASCII. A port and a leading dot are dropped.
    pub fn domain(domain: impl Into<String>) -> Self {
        Self { domain: Some(domain.into()), path: "/".into() }
    }

    /// Sets the path, which must start with a slash. As for the current path, characters that a path can't contain are
    /// percent-encoded.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The error says what to do.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.domain.as_deref().is_some_and(|domain| !is_domain(domain)) {
            return Err(
                "has an invalid domain: write it in ASCII and without a scheme, such as example.com, or use \
                        CookieScope::host_only() for cookies without a domain",
            );
        }
        if !is_path(&self.path) {
            return Err(
                "has an invalid path: start it with a slash, such as / or /api, and use at most 1024 bytes",
            );
        }
        Ok(())
    }

    pub(super) fn compile(&self) -> FormerScope {
        FormerScope { domain: self.domain.as_deref().and_then(domain), path: path(&self.path) }
    }
}

/// A domain, which can be empty, and a path.
impl<D: Into<String>, P: Into<String>> From<(D, P)> for CookieScope {
    fn from((domain, path): (D, P)) -> Self {
        let domain = Some(domain.into()).filter(|domain| !domain.is_empty());
        Self { domain, path: path.into() }
    }
}

/// The attributes of a cookie that an earlier release has set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct FormerScope {
    pub(crate) domain: Option<Box<str>>,
    pub(crate) path: Box<str>,
}

impl FormerScope {
    /// Whether browsers keep a cookie with this domain and this path in the same place (RFC 6265, 5.1.2).
    pub(crate) fn is(&self, domain: Option<&str>, path: &str) -> bool {
        let is_same = |(one, other): (&str, &str)| one.eq_ignore_ascii_case(other);
        let is_same_domain = self.domain.is_none() == domain.is_none()
            && self.domain.as_deref().zip(domain).is_none_or(is_same);
        is_same_domain && *self.path == *path
    }
}

/// The domain without a port and a leading dot, which browsers ignore (RFC 6265, 5.2.3). `None` if nothing is left.
pub(super) fn domain(domain: &str) -> Option<Box<str>> {
    let host = domain.split(':').next().unwrap_or_default().trim_start_matches('.');
    (!host.is_empty()).then(|| host.into())
}

/// Whether the text has only letters, digits, hyphens, underscores, and single dots, optionally followed by a port.
pub(super) fn is_domain(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, ""));
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(is_part);
    let host = host.strip_prefix('.').unwrap_or(host);
    host.len() <= 253 && host.split('.').all(is_label) && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether browsers use the text as a path. Otherwise, they use the directory of the request's path (RFC 6265, 5.2.4).
pub(super) fn is_path(text: &str) -> bool {
    text.starts_with('/') && path(text).len() <= MOST_OF_AN_ATTRIBUTE
}
