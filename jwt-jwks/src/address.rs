//! Which addresses are fetched. Documents and redirects name addresses, so each of them is checked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Redirects that a single document can take.
#[cfg(feature = "reqwest")]
pub(crate) const MOST_REDIRECTS: usize = 3;

/// The rule for the addresses of an issuer, which depends on the configured one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Rule {
    /// Whether the configured address is on the loopback interface.
    loopback: bool,
    /// The host with which `http` is permitted.
    insecure_host: Option<Host<String>>,
    /// Where a bearer token may be sent.
    #[cfg_attr(not(feature = "reqwest"), allow(dead_code, reason = "only reqwest gets a bearer token"))]
    origin: url::Origin,
}

impl Rule {
    /// Checks a configured address.
    pub(crate) fn configured(address: &str, insecure_http: bool) -> Result<(Url, Self), &'static str> {
        let url = parse(address)?;
        let insecure_host =
            url.host().filter(|_| insecure_http && url.scheme() == "http").map(|host| host.to_owned());
        let rule = Self { loopback: is_loopback(&url), insecure_host, origin: url.origin() };
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
            ("http", false)
                if self.insecure_host.is_some()
                    && url.host().map(|host| host.to_owned()) == self.insecure_host =>
            {
                Ok(())
            }
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

/// Names of the loopback interface in the files `hosts` of common systems. `localhost` and those below it are reserved (RFC
/// 6761, 6.3).
const LOCAL_NAMES: [&str; 5] =
    ["ip6-localhost", "ip6-loopback", "localhost.localdomain", "localhost6", "localhost6.localdomain6"];

/// Whether a connection would stay on this machine, in any spelling.
fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost") || LOCAL_NAMES.contains(&name)
        }
        Some(Host::Ipv4(address)) => is_local_v4(address),
        Some(Host::Ipv6(address)) => {
            let is_own = address.is_loopback() || address.is_unspecified();
            is_own || embedded(address).is_some_and(is_local_v4)
        }
        None => false,
    }
}

/// Addresses of "this host on this network" are local as well (RFC 6890, 2.2.2).
const fn is_local_v4(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.octets()[0] == 0
}

/// The IPv4 address in an IPv6 one that is mapped or compatible (RFC 4291, 2.5.5), of NAT64 (RFC 6052, 2.1, and RFC 8215),
/// or of 6to4 (RFC 3056, 2).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let ([0, 0, 0, 0, 0, 0 | 0xffff, high, low]
    | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
    | [0x64, 0xff9b, 1, _, _, _, high, low]
    | [0x2002, high, low, ..]) = address.segments()
    else {
        return None;
    };
    Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::Rule;

    #[test]
    fn only_https_and_loopback_are_permitted() {
        for good in ["https://login.example", "https://login.example:8443/a?b=c", "https://10.0.0.1/keys"] {
            assert!(Rule::configured(good, false).is_ok(), "{good}");
        }
        for good in [
            "http://127.0.0.1:1/a",
            "http://127.1/",
            "http://[::1]:80",
            "http://localhost:8080",
            "https://localhost",
        ] {
            assert!(Rule::configured(good, false).is_ok(), "{good}");
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
            assert!(Rule::configured(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_server_elsewhere_does_not_lead_to_this_machine() {
        let (_, rule) = Rule::configured("https://login.example", false).unwrap();
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
            "https://localhost.:443/",
            "https://LOCALHOST/",
            "https://ip6-localhost/",
            "https://ip6-loopback./",
            "https://localhost.localdomain/",
            "https://localhost6.localdomain6/",
            "https://[::]/",
            "https://[::127.0.0.1]/",
            "https://[::ffff:0.0.0.0]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[64:ff9b:1::127.0.0.2]/",
            "https://[2002:7f00:1::1]/",
            "https://0.1.2.3/",
            "http://login.example/keys",
        ] {
            assert!(rule.permits(bad).is_err(), "{bad}");
        }
        for good in ["https://cdn.example/keys", "https://[64:ff9b::808:808]/", "https://localhost6.example/"]
        {
            assert!(rule.permits(good).is_ok(), "{good}");
        }
        let (_, rule) = Rule::configured("http://127.0.0.1:8080", false).unwrap();
        assert!(rule.permits("http://localhost:1/keys").is_ok());
        assert!(rule.permits("https://cdn.example/keys").is_ok());
        assert!(rule.permits("http://cdn.example/keys").is_err());
    }

    #[test]
    fn insecure_http_is_for_one_host() {
        let (_, rule) = Rule::configured("http://keycloak:8080/realms/a", true).unwrap();
        for good in ["http://keycloak:8080/keys", "http://keycloak/keys", "https://cdn.example/keys"] {
            assert!(rule.permits(good).is_ok(), "{good}");
        }
        for bad in [
            "http://cdn.example/keys",
            "http://127.0.0.1/",
            "http://user@keycloak/",
            "https://localhost/",
            "ftp://keycloak/",
        ] {
            assert!(rule.permits(bad).is_err(), "{bad}");
        }
        assert!(Rule::configured("http://keycloak:8080", false).is_err());
        assert!(Rule::configured("ftp://keycloak:8080", true).is_err());
        assert!(Rule::configured("http://0.0.0.0", true).is_err());
    }

    #[test]
    fn a_port_belongs_to_the_origin() {
        let (_, rule) = Rule::configured("https://login.example", false).unwrap();
        assert!(rule.is_same_origin("https://login.example:443/a"));
        for other in
            ["https://login.example:8443", "https://login.example.net", "http://login.example", "nonsense"]
        {
            assert!(!rule.is_same_origin(other), "{other}");
        }
    }
}
