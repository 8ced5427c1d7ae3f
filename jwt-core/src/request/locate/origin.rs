//! Where a request was caused, as browsers say: a second layer beside the double submit.

use crate::config::OriginRule;
use crate::request::RequestView;

impl OriginRule {
    /// Whether the request was caused by this site, a trusted one, or no browser at all.
    pub(super) fn permits(&self, view: &dyn RequestView) -> bool {
        let origin = one(view, "origin");
        let is_trusted = |origin: &[u8]| self.trusted.iter().any(|trusted| trusted.as_bytes() == origin);
        match (one(view, "sec-fetch-site"), origin) {
            (Field::Repeated, _) | (_, Field::Repeated) => false,
            (_, Field::Is(origin)) if is_trusted(origin) => true,
            // Fetch Metadata: `none` is the user's own doing, such as a bookmark.
            (Field::Is(site), _) => matches!(site, b"same-origin" | b"none"),
            // Browsers that do not send it send the origin, and what is no browser sends neither.
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

/// Whether an origin (RFC 6454, 6.2) has the host and port that the request is for.
fn is_of_host(origin: &[u8], view: &dyn RequestView) -> bool {
    let host = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
    match (host, one(view, "host")) {
        (Some(origin), Field::Is(host)) => !host.is_empty() && origin.eq_ignore_ascii_case(host),
        _ => false,
    }
}
