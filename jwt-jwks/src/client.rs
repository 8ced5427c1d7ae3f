//! reqwest as the HTTP client.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL};
use http::{HeaderValue, Response};
use jwt_core::{BoxError, ConfigError};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, ClientBuilder};
use url::Url;

use crate::address::{MOST_REDIRECTS, Rule};
use crate::error::{FetchError, FetchErrorKind, chain, shown_address};
use crate::fetch::{DynFetch, Fetch, FetchRequest};
use crate::file::Bounded;

/// The largest file with a bearer token.
const MOST_TOKEN_BYTES: usize = 64 * 1024;

struct Http {
    client: Client,
    bearer_token_file: Option<Bounded>,
}

/// A client with the limits of this crate.
pub(crate) fn client(
    options: Option<ClientBuilder>,
    bearer_token_file: Option<PathBuf>,
    rule: &Rule,
) -> Result<Arc<dyn DynFetch>, ConfigError> {
    let mut options = options.unwrap_or_else(|| {
        Client::builder().user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
    });
    if rule.is_loopback() {
        options = options.no_proxy();
    }
    // Fetches are rare. An old connection may belong to a runtime that has stopped, or the server may close it meanwhile.
    options = options.pool_max_idle_per_host(0);
    let rule = rule.clone();
    let redirects = Policy::custom(move |attempt| redirect(&rule, attempt));
    let client = options.redirect(redirects).referer(false).build().map_err(|_| ConfigError::Invalid {
        option: "RemoteIssuerBuilder::client",
        problem: "cannot be built: check its certificates and proxies, and that the system has root certificates",
    })?;
    let bearer_token_file = bearer_token_file.map(|path| Bounded::new(path, MOST_TOKEN_BYTES));
    Ok(Arc::new(Http { client, bearer_token_file }))
}

fn redirect(rule: &Rule, attempt: Attempt<'_>) -> Action {
    match permits(rule, attempt.url(), attempt.previous().len()) {
        Ok(()) => attempt.follow(),
        Err(problem) => attempt.error(problem),
    }
}

/// Whether a redirect is followed. The first of the previous addresses is not a redirect.
fn permits(rule: &Rule, to: &Url, previous: usize) -> Result<(), String> {
    if previous > MOST_REDIRECTS {
        return Err("it redirects more than three times".to_owned());
    }
    let refused = |problem| format!("it redirects to {}, which {problem}", shown_address(to.as_str()));
    rule.check(to).map_err(refused)
}

impl Http {
    async fn authorization(&self) -> Result<Option<HeaderValue>, FetchError> {
        let Some(file) = &self.bearer_token_file else { return Ok(None) };
        let text = file.read().await?;
        let value = [b"Bearer ", text.trim_ascii()].concat();
        let Ok(mut value) = HeaderValue::from_bytes(&value) else {
            return Err(FetchError::file(
                &file.shown(),
                "it must contain a single bearer token: check the path",
            ));
        };
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

impl Fetch for Http {
    async fn get(&self, request: FetchRequest) -> Result<Response<Bytes>, BoxError> {
        let failed = |error: reqwest::Error| {
            // Which limit it was does not matter: it is the rest of the fetch's own.
            let kind = if error.is_timeout() {
                FetchErrorKind::TimedOut
            } else if error.is_redirect() {
                FetchErrorKind::Address
            } else {
                FetchErrorKind::Unreachable
            };
            FetchError::request(kind, request.url(), &chain(&error.without_url()))
        };
        let mut sent = self
            .client
            .get(request.url())
            .timeout(request.timeout())
            .header(ACCEPT, HeaderValue::from_static(FetchRequest::ACCEPT))
            .header(CACHE_CONTROL, request.cache_control());
        // reqwest removes the field when it follows a redirect to a different origin.
        if request.rule.is_same_origin(request.url())
            && let Some(value) = self.authorization().await?
        {
            sent = sent.header(AUTHORIZATION, value);
        }
        let mut received = sent.send().await.map_err(failed)?;
        let too_large = || FetchError::too_large(request.url(), request.max_bytes());
        let stated = received.content_length().unwrap_or(0);
        if usize::try_from(stated).is_ok_and(|stated| stated > request.max_bytes()) {
            return Err(too_large().into());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = received.chunk().await.map_err(failed)? {
            if body.len().saturating_add(chunk.len()) > request.max_bytes() {
                return Err(too_large().into());
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = Response::new(body.freeze());
        *response.status_mut() = received.status();
        *response.headers_mut() = std::mem::take(received.headers_mut());
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::permits;
    use crate::address::Rule;

    #[test]
    fn redirects_stay_with_https() {
        let (_, rule) = Rule::configured("https://login.example/keys", false).unwrap();
        let permits = |to: &str, previous| permits(&rule, &Url::parse(to).unwrap(), previous);
        assert_eq!(permits("https://cdn.example/keys", 3), Ok(()));
        assert!(permits("https://cdn.example/keys", 4).unwrap_err().contains("more than three times"));
        for bad in [
            "http://login.example/keys",
            "http://cdn.example/keys",
            "http://127.0.0.1/keys",
            "https://127.0.0.1/keys",
            "https://user:word@login.example/keys",
            "ftp://login.example/keys",
        ] {
            assert!(permits(bad, 1).is_err(), "{bad}");
        }
        let query = permits("http://login.example/keys?code=word", 1).unwrap_err();
        assert!(query.contains("http://login.example/keys?…, which must begin with https://"), "{query}");
    }
}
