use std::net::SocketAddr;

use http::Uri;

use crate::discovery::Discovery;

/// A document that the server has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Document {
    Discovery,
    Jwks,
    Certificates,
}

/// The name of an issuer, and the addresses of its documents as the issuer publishes them.
pub(crate) struct Addresses {
    pub(crate) server: SocketAddr,
    pub(crate) issuer: String,
    pub(crate) jwks: String,
    pub(crate) certificates: String,
    pub(crate) discovery: Vec<Discovery>,
}

impl Addresses {
    /// The address of something under the name of the issuer.
    pub(crate) fn under(issuer: &str, path: &str) -> String {
        format!("{}{path}", issuer.strip_suffix('/').unwrap_or(issuer))
    }

    pub(crate) fn document_at(&self, path: &str) -> Option<Document> {
        let base = path_of(&self.issuer);
        let base = base.strip_suffix('/').unwrap_or(&base);
        if self.discovery.iter().any(|form| form.path(base) == path) {
            Some(Document::Discovery)
        } else if path_of(&self.jwks) == path {
            Some(Document::Jwks)
        } else if path_of(&self.certificates) == path {
            Some(Document::Certificates)
        } else {
            None
        }
    }

    /// The address on the loopback interface for a public one.
    pub(crate) fn local(&self, url: &str) -> String {
        let target = parsed(url).into_parts().path_and_query;
        let target = target.as_ref().map_or("/", |target| target.as_str());
        format!("http://{}{target}", self.server)
    }
}

fn path_of(url: &str) -> String {
    parsed(url).path().to_owned()
}

#[track_caller]
pub(crate) fn parsed(url: &str) -> Uri {
    let parsed: Option<Uri> = url.parse().ok();
    let absolute = parsed.filter(|uri| uri.scheme().is_some() && uri.authority().is_some());
    absolute.unwrap_or_else(|| panic!("{url:?} is not an absolute URL, such as https://login.example"))
}
