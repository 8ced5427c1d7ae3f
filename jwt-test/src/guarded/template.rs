use std::collections::BTreeSet;
use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Uri};
use jwt_core::JwtManager;

use crate::good::accepted;

/// A request whose token can be replaced.
pub(super) struct Template {
    request: Request<Bytes>,
    token: String,
}

impl Template {
    pub(super) fn new(jwt: &JwtManager, request: Request<Bytes>) -> Self {
        let fields = request.headers().values().filter_map(|value| value.to_str().ok());
        let texts = fields.chain(request.uri().query());
        let words = texts.flat_map(|text| text.split(|letter| !is_of_token(letter)));
        let mut tokens: BTreeSet<_> = words.filter(|word| jwt.insecure_unverified(word).is_ok()).collect();
        if tokens.len() > 1 {
            // Others can be for other services, such as `id_token_hint`.
            let claims = |word| Some(jwt.insecure_unverified(word).ok()?.claims().clone());
            tokens.retain(|word| claims(word).is_some_and(|claims| accepted(jwt, &claims).is_ok()));
        }
        let token = match Vec::from_iter(tokens)[..] {
            [token] => token.to_owned(),
            [] => panic!("the request does not have a good token in a header field, a cookie, or the query"),
            _ => panic!("the request has several good tokens: keep the one that the route requires"),
        };
        Self { request, token }
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    pub(super) fn with_token(&self, token: &str) -> Request<Bytes> {
        self.map(|text, _| text.replace(&self.token, token))
    }

    /// The request without the header field, the cookie, or the parameter of the query.
    pub(super) fn without_token(&self) -> Request<Bytes> {
        self.map(|text, separator| {
            let others: Vec<_> = text.split(separator).filter(|part| !part.contains(&self.token)).collect();
            others.join(separator).trim_start().to_owned()
        })
    }

    /// Changes the texts that contain the token. `change` gets a text and what separates cookies or parameters there. A
    /// field whose text becomes empty is removed.
    fn map(&self, change: impl Fn(&str, &str) -> String) -> Request<Bytes> {
        let mut request = self.request.clone();
        let has_token = |text: &&str| text.contains(&self.token);
        let mut fields = HeaderMap::new();
        for (name, value) in self.request.headers() {
            match value.to_str().ok().filter(has_token).map(|text| change(text, ";")) {
                None => _ = fields.append(name, value.clone()),
                Some(text) if text.is_empty() => {}
                Some(text) => {
                    let value = HeaderValue::try_from(text).expect("a token can be in a header field");
                    fields.append(name, value);
                }
            }
        }
        *request.headers_mut() = fields;
        if let Some(query) = self.request.uri().query().filter(has_token) {
            let mut parts = self.request.uri().clone().into_parts();
            let target = format!("{}?{}", self.request.uri().path(), change(query, "&"));
            parts.path_and_query = Some(target.parse().expect("a token can be in a query"));
            *request.uri_mut() = Uri::from_parts(parts).expect("the other parts are those of a URI");
        }
        request
    }
}

/// The method and the path.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.request.method(), self.request.uri().path())
    }
}

/// Whether a letter can be in the compact form of a token: base64url and periods (RFC 7515, 7.1).
const fn is_of_token(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
}
