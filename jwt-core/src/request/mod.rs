//! HTTP: the view of a request, the search for its token, and the results that a guard has stored in it.

mod body;
mod locate;
mod manager_id;
mod memo;
mod snapshot;

use bytes::Bytes;
use http::header::{
    AUTHORIZATION, COOKIE, HOST, HeaderValue, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use http::request::Parts;
use http::uri::Authority;
use http::{Extensions, HeaderMap, Method, Uri};

pub use body::{BufferedBody, UnreadBody};
pub(crate) use locate::{Located, first, protocol_to_accept};
pub use manager_id::ManagerId;
pub(crate) use memo::{AnyManager, Found, MemoInner, Provenance, User};
pub use memo::{Memo, Memos};
pub use snapshot::Snapshot;

use crate::error::InvalidRequest;
use crate::rule::{PeerAddr, RequestInfo};

/// The parts of a request that a token check uses.
///
/// The methods do not use the types of an HTTP library, so frameworks with different HTTP libraries do not need to copy
/// headers. [`http::Request`] and [`Parts`] implement this trait.
///
/// Do not hold a view across an `.await`. Create it, use it, and drop it.
///
/// ```
/// use http::{HeaderMap, HeaderName, HeaderValue};
/// use jwt_core::{Config, JwtManager, Policy, RequestInfo, RequestView};
///
/// /// A request of a framework with its own types.
/// struct Incoming {
///     method: String,
///     path: String,
///     fields: Vec<(String, Vec<u8>)>,
/// }
///
/// impl RequestView for Incoming {
///     fn method(&self) -> &str {
///         &self.method
///     }
///
///     fn path(&self) -> &str {
///         &self.path
///     }
///
///     fn fields<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
///         for (field, value) in &self.fields {
///             if field.eq_ignore_ascii_case(name) {
///                 each(value);
///             }
///         }
///     }
///
///     fn info(&self) -> RequestInfo {
///         let field = |(name, value): &(String, Vec<u8>)| {
///             Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value.as_slice()).ok()?))
///         };
///         let mut headers = HeaderMap::new();
///         self.fields.iter().filter_map(field).for_each(|(name, value)| _ = headers.append(name, value));
///         RequestInfo::new(&self.method, &self.path, None, headers)
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let token = jwt.access_token("alice").encode()?;
///
/// let mut request = Incoming { method: "GET".into(), path: "/".into(), fields: Vec::new() };
/// assert!(jwt.check(&request, &Policy::access()).is_err());
///
/// request.fields.push(("Authorization".into(), format!("Bearer {token}").into_bytes()));
/// assert!(jwt.check(&request, &Policy::access()).is_ok());
/// # Ok(())
/// # }
/// ```
pub trait RequestView {
    /// Returns the method, in its original case.
    fn method(&self) -> &str;

    /// Returns the path of the target, without the query.
    fn path(&self) -> &str;

    /// Returns the query of the target, without the question mark (RFC 9110, 4.2.1; RFC 3986, 3.4), or `None` if it
    /// does not have one. If this is not implemented, tokens in the query are not found.
    fn query(&self) -> Option<&str> {
        None
    }

    /// Calls `each` with the value of every header field with this name, in order. The name is in lower case.
    fn fields<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8]));

    /// Returns what a [`Rule`](crate::Rule) sees of the request: its method, path, query, and header fields, its
    /// [body](Self::body) if it has been read, and the address of the peer if the framework knows it.
    ///
    /// It is only called if the policy or the manager has a rule.
    fn info(&self) -> RequestInfo;

    /// Returns the body, if a guard or a layer has [read](BufferedBody) it. If this returns `None`, tokens and CSRF
    /// values in the body are not found.
    fn body(&self) -> Option<Bytes> {
        None
    }

    /// Returns the reason why a layer could not [read](BufferedBody) the body. An inner guard decides whether it
    /// matters.
    fn unread_body(&self) -> Option<InvalidRequest> {
        None
    }

    /// Returns the result that a guard of this manager has stored in the request. `None` is always correct, but costs a
    /// second check.
    fn memo(&self, manager: ManagerId) -> Option<Memo> {
        let _ = manager;
        None
    }
}

impl RequestView for Parts {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn path(&self) -> &str {
        self.uri.path()
    }

    fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    fn fields<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        fields(&self.headers, &self.uri, name, each);
    }

    fn info(&self) -> RequestInfo {
        info(&self.method, &self.uri, &self.headers, &self.extensions)
    }

    fn body(&self) -> Option<Bytes> {
        self.extensions.get::<BufferedBody>().map(|body| body.0.clone())
    }

    fn unread_body(&self) -> Option<InvalidRequest> {
        self.extensions.get::<UnreadBody>().map(|unread| unread.0)
    }

    fn memo(&self, manager: ManagerId) -> Option<Memo> {
        self.extensions.get::<Memos>()?.of(manager)
    }
}

impl<B> RequestView for http::Request<B> {
    fn method(&self) -> &str {
        self.method().as_str()
    }

    fn path(&self) -> &str {
        self.uri().path()
    }

    fn query(&self) -> Option<&str> {
        self.uri().query()
    }

    fn fields<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        fields(self.headers(), self.uri(), name, each);
    }

    fn info(&self) -> RequestInfo {
        info(self.method(), self.uri(), self.headers(), self.extensions())
    }

    fn body(&self) -> Option<Bytes> {
        self.extensions().get::<BufferedBody>().map(|body| body.0.clone())
    }

    fn unread_body(&self) -> Option<InvalidRequest> {
        self.extensions().get::<UnreadBody>().map(|unread| unread.0)
    }

    fn memo(&self, manager: ManagerId) -> Option<Memo> {
        self.extensions().get::<Memos>()?.of(manager)
    }
}

fn info(method: &Method, uri: &Uri, headers: &HeaderMap, extensions: &Extensions) -> RequestInfo {
    let mut info = RequestInfo::new(method.as_str(), uri.path(), uri.query(), headers.clone());
    if let Some(PeerAddr(peer)) = extensions.get() {
        info = info.with_peer_addr(*peer);
    }
    let authority = uri.authority().map(Authority::as_str);
    complete_info(info, authority, extensions.get().cloned(), extensions.get().copied())
}

/// Adds the authority of the target and the outcome of reading the body. In HTTP/2, the authority replaces the `Host`
/// field (RFC 9113, 8.3.1).
#[must_use]
pub fn complete_info(
    info: RequestInfo,
    authority: Option<&str>,
    body: Option<BufferedBody>,
    unread: Option<UnreadBody>,
) -> RequestInfo {
    let mut info = info.with_unread(unread.map(|unread| unread.0));
    if let Some(BufferedBody(body)) = body {
        info = info.with_body(body);
    }
    if let Some(Ok(host)) = authority.map(HeaderValue::try_from)
        && !info.headers().contains_key(HOST)
    {
        info.headers_mut().insert(HOST, host);
    }
    info
}

impl From<&Self> for RequestInfo {
    fn from(info: &Self) -> Self {
        info.clone()
    }
}

impl From<&Parts> for RequestInfo {
    fn from(parts: &Parts) -> Self {
        parts.info()
    }
}

impl<B> From<&http::Request<B>> for RequestInfo {
    fn from(request: &http::Request<B>) -> Self {
        request.info()
    }
}

fn fields<'a>(headers: &'a HeaderMap, uri: &'a Uri, name: &str, each: &mut dyn FnMut(&'a [u8])) {
    let values = match name {
        // The hash of a constant name is precomputed. A name that is a string must be parsed first.
        "authorization" => headers.get_all(AUTHORIZATION),
        "cookie" => headers.get_all(COOKIE),
        "upgrade" => headers.get_all(UPGRADE),
        "sec-websocket-key" => headers.get_all(SEC_WEBSOCKET_KEY),
        "sec-websocket-protocol" => headers.get_all(SEC_WEBSOCKET_PROTOCOL),
        name => headers.get_all(name),
    };
    for value in values {
        each(value.as_bytes());
    }
    // In HTTP/2, the authority of the target replaces the field (RFC 9113, 8.3.1).
    if let Some(authority) = uri.authority()
        && name == "host"
        && !headers.contains_key(name)
    {
        each(authority.as_str().as_bytes());
    }
}
