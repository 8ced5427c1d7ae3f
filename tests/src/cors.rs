//! The CORS layer of each framework, with the same settings.

use http::{HeaderName, HeaderValue, Method};
use tower_http::cors::CorsLayer;
use warp::filters::cors::Builder;

const METHODS: [Method; 3] = [Method::GET, Method::POST, Method::DELETE];

/// What pages of another origin can do.
#[derive(Clone, Debug)]
pub struct Cors {
    /// The origin of the pages.
    pub origin: String,
    /// The header fields that their requests can have.
    pub allowed: Vec<HeaderName>,
    /// The header fields of responses that their scripts can read.
    pub exposed: Vec<HeaderName>,
}

impl Cors {
    /// Lets pages of an origin send tokens in the header field and in cookies, and read why a token was rejected.
    #[must_use]
    pub fn new(origin: &str) -> Self {
        Self {
            origin: origin.into(),
            allowed: vec![http::header::AUTHORIZATION, HeaderName::from_static("x-csrf-token")],
            exposed: vec![http::header::WWW_AUTHENTICATE],
        }
    }

    /// Creates the layer for axum.
    ///
    /// # Panics
    /// Panics if the origin cannot be in a header field.
    pub fn for_axum(&self) -> CorsLayer {
        CorsLayer::new()
            .allow_origin([self.origin.parse::<HeaderValue>().expect("an origin")])
            .allow_credentials(true)
            .allow_methods(METHODS)
            .allow_headers(self.allowed.clone())
            .expose_headers(self.exposed.clone())
    }

    /// Creates the middleware for actix-web.
    pub fn for_actix(&self) -> actix_cors::Cors {
        actix_cors::Cors::default()
            .allowed_origin(&self.origin)
            .supports_credentials()
            .allowed_methods(METHODS.iter().map(Method::as_str))
            .allowed_headers(self.allowed.iter().map(HeaderName::as_str))
            .expose_headers(self.exposed.iter().map(HeaderName::as_str))
    }

    /// Creates the filter for warp.
    #[must_use]
    pub fn for_warp(&self) -> Builder {
        warp::cors()
            .allow_origin(&*self.origin)
            .allow_credentials(true)
            .allow_methods(METHODS)
            .allow_headers(self.allowed.clone())
            .expose_headers(self.exposed.clone())
    }
}
