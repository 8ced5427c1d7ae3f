use http::header::{CACHE_CONTROL, Entry, HeaderMap, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use http::{Request, Response, StatusCode};

use crate::location::Location;
use crate::manager::{Authenticated, JwtManager};
use crate::policy::Policy;
use crate::request::{Found, Memo, Memos, RequestView, first, protocol_to_accept};

/// The header fields that a guard adds to the response of its handler, unless the handler has set them.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ResponseFields {
    no_store: bool,
    protocol: Option<Protocol>,
}

/// A protocol of a WebSocket.
#[derive(Clone, Debug)]
struct Protocol {
    name: HeaderValue,
    /// The status of a response that accepts the handshake.
    accepting: StatusCode,
}

impl ResponseFields {
    /// Decides for the response to a request with this token.
    fn of(jwt: &JwtManager, view: &dyn RequestView, found: &Found) -> Self {
        Self::of_token(jwt, found).unwrap_or_else(|| Self {
            no_store: jwt.no_store().concerns(found.token.location()),
            protocol: Protocol::to_accept(view),
        })
    }

    /// Decides by the token alone. `None` if the request matters, too.
    pub(super) fn of_token(jwt: &JwtManager, found: &Found) -> Option<Self> {
        let no_store = jwt.no_store().concerns(found.token.location());
        (!reads_protocols(jwt, found.provenance.places)).then_some(Self { no_store, protocol: None })
    }

    /// Returns whether caches must not store the response. [`Config::no_store`](crate::Config::no_store) decides.
    #[must_use]
    pub const fn forbids_storing(&self) -> bool {
        self.no_store
    }

    /// Returns the protocol to name in a response with this status: one that the client offered, if the response
    /// accepts the handshake of a WebSocket whose token is among the protocols. Browsers fail the connection if the
    /// response does not name one (WebSockets Standard, "Opening handshake").
    #[must_use]
    pub fn protocol(self, status: u16) -> Option<HeaderValue> {
        self.protocol.filter(|protocol| protocol.accepting == status).map(|protocol| protocol.name)
    }
}

impl Protocol {
    #[cold]
    fn to_accept(view: &dyn RequestView) -> Option<Self> {
        let name = HeaderValue::from_bytes(protocol_to_accept(view)?).ok()?;
        let accepting = match view.method() {
            // RFC 8441, 5.
            "CONNECT" => StatusCode::OK,
            _ => StatusCode::SWITCHING_PROTOCOLS,
        };
        Some(Self { name, accepting })
    }
}

/// Returns the fields that a guard adds to the handler's response to this request.
pub fn response_fields(
    jwt: &JwtManager,
    view: &dyn RequestView,
    authenticated: &Authenticated,
) -> ResponseFields {
    let found = authenticated.found.as_ref();
    found.map_or_else(ResponseFields::default, |found| ResponseFields::of(jwt, view, found))
}

/// Does what [`response_fields`] does for a guard that cannot keep the result of the check until the handler has
/// responded: it looks at the request again. Call it only if the guard has let the request through.
pub fn response_fields_of_request(
    jwt: &JwtManager,
    view: &dyn RequestView,
    policy: &Policy,
) -> ResponseFields {
    if let Some(authenticated) = jwt.guarded(view) {
        return response_fields(jwt, view, &authenticated);
    }
    let locator = jwt.locator();
    let found = locator.locate(view, locator.places_of(policy), policy.asks_for_refresh(), &first);
    found.map_or_else(
        |_| ResponseFields::default(),
        |located| ResponseFields {
            no_store: jwt.no_store().concerns(Some(located.location)),
            protocol: Protocol::to_accept(view).filter(|_| reads_protocols(jwt, policy.locations)),
        },
    )
}

/// Whether these locations, or the configured ones if there are none, include the protocols of a WebSocket. The client can
/// send a token there even if it is in a different location that counts, and its handshake has to be completed then, too.
fn reads_protocols(jwt: &JwtManager, places: &'static [Location]) -> bool {
    jwt.locator().or_configured(places).contains(&Location::WebSocketProtocol)
}

/// Returns whether [`response_fields_of_request`] can return a field for a request that satisfies this policy.
#[must_use]
pub fn can_add_fields(jwt: &JwtManager, policy: &Policy) -> bool {
    let adds =
        |place: &Location| *place == Location::WebSocketProtocol || jwt.no_store().concerns(Some(*place));
    jwt.locator().places_of(policy).iter().any(adds)
}

/// Adds the fields to the response of a guarded handler.
pub fn add_fields<B>(mut response: Response<B>, fields: ResponseFields) -> Response<B> {
    if fields.forbids_storing() {
        forbid_storing(response.headers_mut());
    }
    if let Some(protocol) = fields.protocol(response.status().as_u16()) {
        response.headers_mut().entry(SEC_WEBSOCKET_PROTOCOL).or_insert(protocol);
    }
    response
}

/// Sets `Cache-Control: no-store`, unless the handler has set the field.
pub fn forbid_storing(headers: &mut HeaderMap) {
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// Leaves in a request what extractors behind a guard need, and hides its token from logs. Returns the fields for the
/// response.
///
/// Extractors that have no other manager use the guard's, even if it let the request through without a token.
pub fn remember<B>(
    jwt: &JwtManager,
    request: &mut Request<B>,
    authenticated: &Authenticated,
) -> ResponseFields {
    request.extensions_mut().get_or_insert_default::<Memos>().accept(jwt, authenticated);
    hide(jwt, authenticated.found.as_ref(), request.headers_mut());
    response_fields(jwt, request, authenticated)
}

/// Marks the `Sec-WebSocket-Protocol` fields as sensitive if tokens can be there, so that `Debug` does not show them to
/// logs. Unlike `Authorization` and `Cookie`, they are not known to contain tokens.
pub fn hide_token(jwt: &JwtManager, memo: Option<&Memo>, headers: &mut HeaderMap) {
    hide(jwt, memo.map(|memo| &memo.0.found), headers);
}

fn hide(jwt: &JwtManager, found: Option<&Found>, headers: &mut HeaderMap) {
    let places = found.map_or(&[][..], |found| found.provenance.places);
    if reads_protocols(jwt, places)
        && let Entry::Occupied(mut fields) = headers.entry(SEC_WEBSOCKET_PROTOCOL)
    {
        fields.iter_mut().for_each(|field| field.set_sensitive(true));
    }
}
