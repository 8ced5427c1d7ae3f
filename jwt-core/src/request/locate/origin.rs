//! The origin of a request, according to the browser. This is a second line of defense, in addition to the double
//! submit.

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
            (Field::Absent, Field::Is(origin)) => is_of_host(origin, view),
        }
    }
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

/// Whether an origin (RFC 6454, 6.2) has the host and port of the request.
fn is_of_host(origin: &[u8], view: &dyn RequestView) -> bool {
    let host = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
    match (host, one(view, "host")) {
        (Some(origin), Field::Is(host)) => !host.is_empty() && origin.eq_ignore_ascii_case(host),
        _ => false,
    }
}
