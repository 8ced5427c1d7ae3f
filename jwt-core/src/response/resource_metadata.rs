use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW,
    CACHE_CONTROL, CONTENT_TYPE, HeaderValue,
};
use http::{Response, StatusCode};

use crate::config::Document;

/// The metadata document of a protected resource (RFC 9728): where clients get tokens, and for what.
///
/// [`JwtManager::resource_metadata`](crate::JwtManager::resource_metadata) returns it. Adapters serve it under
/// [`path`](Self::path). The route must be public.
///
/// ```
/// use jwt_core::{Config, JwtManager};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let config = Config::default()
///     .resource("https://api.example.com/mcp")
///     .authorization_servers(["https://login.example"]);
/// let jwt = JwtManager::builder(config).secret(secret).build()?;
/// let metadata = jwt.resource_metadata().ok_or("resource is not set")?;
/// assert_eq!(metadata.path(), "/.well-known/oauth-protected-resource/mcp");
///
/// let document: serde_json::Value = serde_json::from_slice(metadata.respond("GET").body())?;
/// assert_eq!(document["resource"], "https://api.example.com/mcp");
/// assert_eq!(document["authorization_servers"][0], "https://login.example");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ResourceMetadata {
    path: Box<str>,
    url: Box<str>,
    json: Bytes,
}

impl ResourceMetadata {
    pub(crate) fn new(document: Document) -> Self {
        let Document { path, url, members } = document;
        let json = serde_json::Value::from(members).to_string().into();
        Self { path: path.into(), url: url.into(), json }
    }

    /// Returns the path of the document: `/.well-known/oauth-protected-resource`, followed by the path of the resource
    /// (RFC 9728, 3.1). If a proxy changes paths, it must pass this path on unchanged.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the address of the document, which is the `resource_metadata` of challenges (RFC 9728, 5.1).
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the document, which is a JSON object.
    #[must_use]
    pub const fn json(&self) -> &Bytes {
        &self.json
    }

    /// Returns the response to a request with this method: the document for `GET` and `HEAD`, and 405 for others.
    ///
    /// Pages of all origins can read the document, because it is public and clients in browsers need it. Therefore,
    /// `OPTIONS` is answered as a preflight request (Fetch, CORS-preflight request). Caches can keep the document for an hour.
    #[must_use]
    pub fn respond(&self, method: &str) -> Response<Bytes> {
        let (status, body) = match method {
            // Servers omit the body of a response to `HEAD`, and need its length.
            "GET" | "HEAD" => (StatusCode::OK, self.json.clone()),
            "OPTIONS" => (StatusCode::NO_CONTENT, Bytes::new()),
            _ => (StatusCode::METHOD_NOT_ALLOWED, Bytes::new()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let mut add = |name, value| headers.insert(name, HeaderValue::from_static(value));
        add(ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        match status {
            StatusCode::OK => {
                add(CONTENT_TYPE, "application/json");
                add(CACHE_CONTROL, "public, max-age=3600");
            }
            StatusCode::NO_CONTENT => {
                add(ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD");
                add(ACCESS_CONTROL_ALLOW_HEADERS, "*");
            }
            _ => _ = add(ALLOW, "GET, HEAD, OPTIONS"),
        }
        response
    }
}
