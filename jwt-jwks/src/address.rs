//! Which addresses are fetched. Documents and redirects name addresses, so each of them is checked.

use std::net::IpAddr;

use url::{Host, Url};

/// Redirects that a single document can take.
#[cfg(feature = "reqwest")]
pub(crate) const MOST_REDIRECTS: usize = 3;

/// The rule for the addresses of an issuer, which depends on the configured one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Rule {
    /// Whether the configured address is on the loopback interface.
    loopback: bool,
    /// Where a bearer token may be sent.
    #[cfg_attr(not(feature = "reqwest"), allow(dead_code, reason = "only reqwest gets a bearer token"))]
    origin: url::Origin,
}

impl Rule {
    /// Checks a configured address.
    pub(crate) fn configured(address: &str) -> Result<(Url, Self), &'static str> {
        let url = parse(address)?;
        let rule = Self { loopback: is_loopback(&url), origin: url.origin() };
        rule.check(&url)?;
        Ok((url, rule))
    }

    /// Checks an address that a document or a redirect names.
    pub(crate) fn permits(&self, address: &str) -> Result<Url, &'static str> {
        let url = parse(address)?;
        self.check(&url)?;
        Ok(url)
    }

    pub(crate) fn check(&self, url: &Url) -> Result<(), &'static str> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not contain a user name or a password: remove it");
        }
        if url.fragment().is_some() {
            return Err("must not contain a fragment (#…): remove it");
        }
        match (url.scheme(), is_local(url)) {
            ("https", false) => Ok(()),
            ("https", true) | ("http", _) if self.loopback && is_loopback(url) => Ok(()),
            (_, true) => {
                Err("is on the loopback interface, which is only permitted if the configured address is, \
                 too, as a server elsewhere must not choose it")
            }
            _ => Err(
                "must begin with https://: http is only permitted for 127.0.0.1, [::1], and localhost, and only if \
                 the configured address is one of them",
            ),
        }
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether the address has the scheme, host, and port of the configured one.
    #[cfg(any(test, feature = "reqwest"))]
    pub(crate) fn is_same_origin(&self, address: &str) -> bool {
        Url::parse(address).is_ok_and(|url| url.origin() == self.origin)
    }
}

fn parse(address: &str) -> Result<Url, &'static str> {
    let url = Url::parse(address).map_err(|_| "is not an absolute URL: write it as https://host/path")?;
    if url.host().is_none() { Err("has no host: write it as https://host/path") } else { Ok(url) }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        // RFC 6761, 6.3.
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
        None => false,
    }
}

/// Whether a connection would stay on this machine, in any spelling.
fn is_local(url: &Url) -> bool {
    let is_named = matches!(url.host(), Some(Host::Domain(name))
        if name.trim_end_matches('.') == "localhost" || name.trim_end_matches('.').ends_with(".localhost"));
    let is_unspecified = match url.host() {
        Some(Host::Ipv4(address)) => address.is_unspecified(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_unspecified(),
        _ => false,
    };
    is_loopback(url) || is_named || is_unspecified
}

#[cfg(test)]
mod tests {
    use super::Rule;

    #[test]
    fn only_https_and_loopback_are_permitted() {
        for good in ["https://login.example", "https://login.example:8443/a?b=c", "https://10.0.0.1/keys"] {
            assert!(Rule::configured(good).is_ok(), "{good}");
        }
        for good in [
            "http://127.0.0.1:1/a",
            "http://127.1/",
            "http://[::1]:80",
            "http://localhost:8080",
            "https://localhost",
        ] {
            assert!(Rule::configured(good).is_ok(), "{good}");
        }
        for bad in [
            "login.example",
            "http://login.example",
            "ftp://login.example",
            "file:///etc/passwd",
            "http://0.0.0.0",
            "https://user@login.example",
            "https://:word@login.example",
            "https://login.example/#a",
            "",
            "http://localhost.example",
            "http://a.localhost",
            "http://169.254.169.254/latest",
            "data:text/plain,a",
        ] {
            assert!(Rule::configured(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_server_elsewhere_does_not_lead_to_this_machine() {
        let (_, rule) = Rule::configured("https://login.example").unwrap();
        for bad in [
            "http://127.0.0.1/keys",
            "https://127.0.0.1/keys",
            "https://localhost/keys",
            "https://localhost./keys",
            "https://a.localhost",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://0.0.0.0/",
            "https://0x7f.1/",
            "http://login.example/keys",
        ] {
            assert!(rule.permits(bad).is_err(), "{bad}");
        }
        assert!(rule.permits("https://cdn.example/keys").is_ok());
        let (_, rule) = Rule::configured("http://127.0.0.1:8080").unwrap();
        assert!(rule.permits("http://localhost:1/keys").is_ok());
        assert!(rule.permits("https://cdn.example/keys").is_ok());
        assert!(rule.permits("http://cdn.example/keys").is_err());
    }

    #[test]
    fn a_port_belongs_to_the_origin() {
        let (_, rule) = Rule::configured("https://login.example").unwrap();
        assert!(rule.is_same_origin("https://login.example:443/a"));
        for other in
            ["https://login.example:8443", "https://login.example.net", "http://login.example", "nonsense"]
        {
            assert!(!rule.is_same_origin(other), "{other}");
        }
    }
}
