//! The origin of a request, according to the browser. For upgrades, it is the only defense against other sites. For
//! other requests, it is a second one, in addition to the double submit.

use std::net::Ipv4Addr;

use crate::config::OriginRule;
use crate::request::RequestView;

impl OriginRule {
    /// Whether this site, a trusted one, or no browser at all caused the request.
    pub(super) fn permits(&self, view: &dyn RequestView) -> bool {
        let origin = one(view, "origin");
        let is_trusted = |origin: &[u8]| self.trusted.iter().any(|trusted| trusted.as_bytes() == origin);
        match (one(view, "sec-fetch-site"), origin) {
            (Field::Repeated, _) | (_, Field::Repeated) => false,
            (_, Field::Is(origin)) if is_trusted(origin) => true,
            // Fetch Metadata: `none` is an action of the user, such as opening a bookmark.
            (Field::Is(site), _) => matches!(site, b"same-origin" | b"none"),
            // Browsers without Fetch Metadata send the origin. Other clients send neither.
            (Field::Absent, Field::Absent) => true,
            (Field::Absent, Field::Is(origin)) => self.is_own(origin, view),
        }
    }

    /// Whether an origin (RFC 6454, 6.2) has the host and port of the request, and can have its scheme. Only a proxy
    /// knows the scheme of the request, but browsers send `Secure` cookies to `https` only, except to themselves.
    fn is_own(&self, origin: &[u8], view: &dyn RequestView) -> bool {
        let Field::Is(host) = one(view, "host") else {
            return false;
        };
        let (origin, port) = if let Some(origin) = origin.strip_prefix(b"https://") {
            (origin, &b":443"[..])
        } else if let Some(origin) = origin.strip_prefix(b"http://")
            && (!self.secure || is_loopback(origin))
        {
            (origin, &b":80"[..])
        } else {
            return false;
        };
        let (origin, host) = (without_port(origin, port), without_port(host, port));
        !host.is_empty() && origin.eq_ignore_ascii_case(host)
    }
}

/// The authority without the default port of its scheme, which can be omitted (RFC 9110, 4.2).
fn without_port<'a>(authority: &'a [u8], port: &[u8]) -> &'a [u8] {
    authority.strip_suffix(port).unwrap_or(authority)
}

/// Whether a request upgrades its connection (RFC 9110, 7.8), or starts a WebSocket in any other way. The field of the
/// WebSocket counts by itself, because a proxy can remove `Upgrade`, which concerns a single connection.
pub(super) fn upgrades(view: &dyn RequestView) -> bool {
    let has = |name: &str| !matches!(one(view, name), Field::Absent);
    view.method() == "CONNECT" || has("upgrade") || has("sec-websocket-key")
}

/// Whether an authority is on this machine. Browsers treat such hosts as secure, so they get `Secure` cookies without
/// TLS.
fn is_loopback(authority: &[u8]) -> bool {
    let host = match authority.iter().rposition(|byte| *byte == b':') {
        Some(colon) if !authority.ends_with(b"]") => authority.get(..colon).unwrap_or_default(),
        _ => authority,
    };
    let Ok(host) = std::str::from_utf8(host) else {
        return false;
    };
    let name = host.to_ascii_lowercase();
    let is_address = host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback()) || host == "[::1]";
    is_address || name == "localhost" || name.ends_with(".localhost")
}

enum Field<'a> {
    Absent,
    Is(&'a [u8]),
    Repeated,
}

fn one<'a>(view: &'a dyn RequestView, name: &str) -> Field<'a> {
    let mut fields = Vec::new();
    view.fields(name, &mut |value| fields.push(value));
    match *fields {
        [] => Field::Absent,
        [value] => Field::Is(value),
        _ => Field::Repeated,
    }
}
