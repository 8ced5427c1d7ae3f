use std::time::Duration;

use http::HeaderValue;

/// A way in which the documents of an issuer are wrong, or do not arrive.
///
/// [`FakeIssuer::fail`](crate::FakeIssuer::fail) applies a failure to all documents. A failure that only exists in one
/// kind of document leaves the others as they are.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Failure {
    /// A response with this status and a body that is not JSON.
    Status(u16),
    /// A redirect to this address, with status 302.
    Redirect(String),
    /// This number of redirects on the same server, and then the document.
    Redirects(u32),
    /// A redirect to the same address.
    RedirectLoop,
    /// No response until [`FakeIssuer::recover`](crate::FakeIssuer::recover), which then sends the document.
    Hang,
    /// The server closes the connection without a response.
    Disconnect,
    /// The server closes the connection in the middle of the body.
    Truncated,
    /// The document, one byte at a time, with this pause between two bytes.
    Drip(Duration),
    /// A body that begins like a document and never ends.
    Endless,
    /// A body with this number of bytes, which `Content-Length` announces.
    Huge(u64),
    /// An HTML page with status 200, as a proxy or a login page sends it.
    Html,
    /// Status 406, unless the field `Accept` names this content type. The API server of Kubernetes does this for its JWK
    /// set with `application/jwk-set+json`. The document then has this type.
    RequiresAccept(&'static str),
    /// `{}`.
    EmptyObject,
    /// This body, with the content type of JSON.
    Body(String),
    /// A discovery document of another issuer, with this name.
    OtherIssuer(String),
    /// A discovery document whose `issuer` differs by a slash at the end: it lacks it, or has one too many.
    TrailingSlash,
    /// A discovery document with this `jwks_uri`.
    JwksUri(String),
    /// A discovery document without `jwks_uri`.
    NoJwksUri,
    /// A set without keys.
    EmptySet,
    /// The keys, and a private key.
    PrivateKey,
    /// The keys, and this number of further ones. Each has a `kid` of its own.
    ManyKeys(usize),
    /// The keys, and one before them that is damaged.
    OneUnusableKey,
    /// Only keys that no verifier can use: damaged ones, and of an unknown type.
    UnusableKeys,
}

impl Failure {
    #[track_caller]
    pub(crate) fn check(&self) {
        match self {
            // Clients wait for a second response after one with 1xx.
            Self::Status(status) => {
                assert!((200..1000).contains(status), "{status} is not the status of a complete response");
            }
            Self::Redirect(to) => {
                assert!(HeaderValue::from_str(to).is_ok(), "{to:?} cannot be in a header field");
            }
            Self::RequiresAccept(content_type) => {
                assert!(
                    HeaderValue::from_str(content_type).is_ok(),
                    "{content_type:?} cannot be in a header field"
                );
            }
            _ => {}
        }
    }
}
