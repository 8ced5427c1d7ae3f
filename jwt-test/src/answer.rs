//! The response to a request.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{ACCEPT, AGE, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION};
use http::{Method, Request, Response, StatusCode};
use serde_json::json;
use tokio::time::timeout;

use crate::addresses::Document;
use crate::body::Body;
use crate::documents;
use crate::failure::Failure;
use crate::shared::{Shared, State};

/// The server closes the connection instead of sending a response.
#[derive(Debug)]
pub(crate) struct Disconnected;

impl std::fmt::Display for Disconnected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the fake issuer closes the connection")
    }
}

impl std::error::Error for Disconnected {}

/// What the state of the issuer makes of a request.
enum Answer {
    Now(Response<Body>),
    /// Nothing, until the state changes.
    Never,
    Disconnect,
}

pub(crate) async fn answer<B>(shared: &Shared, request: &Request<B>) -> Result<Response<Body>, Disconnected> {
    let arrived = Instant::now();
    let document = shared.addresses.document_at(request.uri().path());
    count(shared, request, document);
    let Some(document) = document else { return Ok(short(StatusCode::NOT_FOUND, "not found")) };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = short(StatusCode::METHOD_NOT_ALLOWED, "method not allowed");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Ok(response);
    }
    loop {
        let mut changes = shared.changes();
        let (delay, answer) = {
            let state = shared.state();
            (state.delay, respond(shared, &state, document, request))
        };
        let wait = match &answer {
            Answer::Never => Duration::MAX,
            _ => delay.saturating_sub(arrived.elapsed()),
        };
        if wait.is_zero() {
            match answer {
                Answer::Now(response) => return Ok(response),
                Answer::Never | Answer::Disconnect => return Err(Disconnected),
            }
        }
        // Either way, the state decides again.
        let _ = timeout(wait, changes.changed()).await;
    }
}

fn count<B>(shared: &Shared, request: &Request<B>, document: Option<Document>) {
    let fields = request.headers().get_all(CACHE_CONTROL);
    let revalidates = fields.iter().any(|value| value.as_bytes().windows(8).any(|part| part == b"no-cache"));
    let mut state = shared.state();
    let hits = &mut state.hits;
    match document {
        Some(Document::Discovery) => hits.discovery += 1,
        Some(Document::Jwks) => hits.jwks += 1,
        Some(Document::Certificates) => hits.certificates += 1,
        None => hits.unknown += 1,
    }
    hits.revalidating += usize::from(revalidates);
    // While the state is locked, so that the numbers arrive in their order.
    shared.arrivals.send_replace(hits.total());
}

fn respond<B>(shared: &Shared, state: &State, document: Document, request: &Request<B>) -> Answer {
    let failure = match document {
        Document::Discovery => state.discovery_failure.as_ref(),
        Document::Jwks | Document::Certificates => state.keys_failure.as_ref(),
    };
    let text = || {
        let json = match document {
            Document::Discovery => documents::discovery(&shared.addresses, &state.ring, failure),
            Document::Jwks => documents::jwks(&state.ring, shared.with_kid, failure),
            Document::Certificates => documents::certificates(&state.ring, failure),
        };
        Bytes::from(json.to_string())
    };
    let json = |body| with_type(state, "application/json", body);
    let path = request.uri().path();
    Answer::Now(match failure {
        Some(Failure::Hang) => return Answer::Never,
        Some(Failure::Disconnect) => return Answer::Disconnect,
        Some(Failure::Status(status)) => {
            short(StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), "failed")
        }
        Some(Failure::Redirect(to)) => redirect(to),
        Some(Failure::RedirectLoop) => redirect(path),
        Some(Failure::Redirects(number)) => {
            let hops = request.uri().query().and_then(|query| query.strip_prefix("hop=")?.parse().ok());
            match hops.unwrap_or(0) {
                hops if hops < *number => redirect(&format!("{path}?hop={}", hops + 1)),
                _ => json(Body::Whole(text())),
            }
        }
        Some(Failure::Html) => {
            let page = "<!DOCTYPE html>\n<title>Log in</title>\n<p>Your session has expired.\n";
            with_type(state, "text/html", Body::Whole(Bytes::from_static(page.as_bytes())))
        }
        Some(Failure::RequiresAccept(content_type)) if names(request, content_type) => {
            with_type(state, content_type, Body::Whole(text()))
        }
        Some(Failure::RequiresAccept(_)) => short(StatusCode::NOT_ACCEPTABLE, "not acceptable"),
        Some(Failure::EmptyObject) => json(Body::Whole(Bytes::from(json!({}).to_string()))),
        Some(Failure::Body(text)) => json(Body::Whole(text.clone().into())),
        Some(Failure::Truncated) => json(Body::Truncated { left: text(), is_sent: false }),
        Some(Failure::Drip(every)) => json(Body::Drip { left: text(), every: *every, pause: None }),
        Some(Failure::Endless) => json(Body::Endless(Bytes::from_static(b"{"))),
        Some(Failure::Huge(length)) => json(Body::Huge(*length)),
        _ => json(Body::Whole(text())),
    })
}

/// Whether `Accept` names this type, rather than a range that contains it.
fn names<B>(request: &Request<B>, content_type: &str) -> bool {
    let fields = request.headers().get_all(ACCEPT).into_iter();
    let mut types = fields.filter_map(|field| field.to_str().ok()).flat_map(|field| field.split(','));
    types.any(|one| one.split(';').next().is_some_and(|one| one.trim().eq_ignore_ascii_case(content_type)))
}

fn with_type(state: &State, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let fields = response.headers_mut();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Some(value) = &state.cache_control {
        fields.insert(CACHE_CONTROL, value.clone());
    }
    if let Some(age) = state.age {
        fields.insert(AGE, age.into());
    }
    response
}

fn short(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::Whole(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

fn redirect(to: &str) -> Response<Body> {
    let mut response = short(StatusCode::FOUND, "moved");
    // `FakeIssuer::fail` has checked the text.
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(LOCATION, to);
    }
    response
}
