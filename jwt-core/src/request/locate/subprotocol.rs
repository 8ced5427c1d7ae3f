//! `Sec-WebSocket-Protocol: bearer, …`

use std::borrow::Cow;

use super::origin::upgrades;
use crate::error::{InvalidRequest, MissingReason};
use crate::request::RequestView;
use crate::token::TokenError;
use crate::wire::compact;

/// The protocol that precedes a token.
const BEARER: &[u8] = b"bearer";

/// What precedes a token within a protocol, in base64url. Kubernetes has defined it.
const KUBERNETES: &[u8] = b"base64url.bearer.authorization.k8s.io.";

/// Finds the token in the protocols that a handshake offers. In all other requests, it is missing.
pub(super) fn find(
    view: &dyn RequestView,
    max_token_bytes: usize,
    first_wins: bool,
) -> Result<Result<Cow<'_, [u8]>, MissingReason>, TokenError> {
    let offer = Offer::of(view);
    if offer.has_second && !first_wins {
        return Err(TokenError::InvalidRequest(InvalidRequest::Repeated));
    }
    match offer.token {
        None => Ok(Err(MissingReason::Subprotocol)),
        Some(Offered::Plain { text, .. }) => Ok(Ok(Cow::Borrowed(text))),
        // The response has to name one of the protocols, and must not contain the token.
        Some(Offered::Encoded(_)) if offer.other.is_none() => {
            Err(TokenError::InvalidRequest(InvalidRequest::Malformed))
        }
        Some(Offered::Encoded(text)) => Ok(Ok(Cow::Owned(compact::decode_token(text, max_token_bytes)?))),
    }
}

/// The protocol to name in the response to a handshake whose token was accepted, exactly as the client offered it.
pub(crate) fn protocol_to_accept(view: &dyn RequestView) -> Option<&[u8]> {
    let offer = Offer::of(view);
    match offer.token? {
        Offered::Plain { bearer, .. } => Some(bearer),
        Offered::Encoded(_) => offer.other,
    }
}

/// The first token of an offer, in one of its two forms.
enum Offered<'a> {
    Plain { bearer: &'a [u8], text: &'a [u8] },
    Encoded(&'a [u8]),
}

/// The protocols that a handshake offers (RFC 6455, 11.3.4).
#[derive(Default)]
struct Offer<'a> {
    token: Option<Offered<'a>>,
    has_second: bool,
    /// The first protocol that does not belong to a token.
    other: Option<&'a [u8]>,
}

impl<'a> Offer<'a> {
    fn of(view: &'a dyn RequestView) -> Self {
        let (mut offer, mut bearer) = (Self::default(), None);
        if upgrades(view) {
            // Several fields are one list (RFC 9110, 5.3), so the token can be in the field after `bearer`.
            view.fields("sec-websocket-protocol", &mut |field| {
                protocols(field).for_each(|protocol| offer.add(protocol, &mut bearer));
            });
        }
        // Without a token after it, `bearer` is a protocol like any other.
        offer.other = offer.other.or(bearer);
        offer
    }

    /// Adds the next protocol. `bearer` is the one before it, if that announces a token.
    fn add(&mut self, protocol: &'a [u8], bearer: &mut Option<&'a [u8]>) {
        let token = if let Some(bearer) = bearer.take() {
            Offered::Plain { bearer, text: protocol }
        } else if let Some(text) = protocol.strip_prefix(KUBERNETES) {
            Offered::Encoded(text)
        } else {
            if protocol.eq_ignore_ascii_case(BEARER) {
                *bearer = Some(protocol);
            } else {
                self.other = self.other.or(Some(protocol));
            }
            return;
        };
        self.has_second |= self.token.is_some();
        self.token.get_or_insert(token);
    }
}

/// The members of a list, of which empty ones do not count (RFC 9110, 5.6.1).
fn protocols(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    field.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|protocol| !protocol.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{InvalidToken, SegmentCount};

    const MAX: usize = 20;

    fn handshake(fields: &[&str]) -> http::Request<()> {
        let request = http::Request::builder().header("upgrade", "websocket");
        let add =
            |request: http::request::Builder, field: &&str| request.header("Sec-WebSocket-Protocol", *field);
        fields.iter().fold(request, add).body(()).unwrap()
    }

    fn shown(found: Result<Result<Cow<'_, [u8]>, MissingReason>, TokenError>) -> String {
        match found {
            Ok(Ok(token)) => String::from_utf8(token.into_owned()).unwrap(),
            Ok(Err(why)) => format!("[{why:?}]"),
            Err(TokenError::Invalid(why)) => format!("{why:?}"),
            Err(other) => format!("{other:?}"),
        }
    }

    /// The token, and the protocol to accept.
    fn look(fields: &[&str], first_wins: bool) -> (String, Option<String>) {
        let request = handshake(fields);
        let protocol = protocol_to_accept(&request).map(|name| String::from_utf8(name.to_vec()).unwrap());
        (shown(find(&request, MAX, first_wins)), protocol)
    }

    fn encoded(token: impl AsRef<[u8]>) -> String {
        format!("base64url.bearer.authorization.k8s.io.{}", compact::encode(token.as_ref()))
    }

    #[test]
    fn the_token_follows_bearer() {
        for (fields, bearer) in [
            (&["bearer, a.b.c"][..], "bearer"),
            (&["bearer,a.b.c"], "bearer"),
            (&["BeaReR,\ta.b.c \t"], "BeaReR"),
            (&["chat,bearer,a.b.c,chat.v2"], "bearer"),
            (&["chat", "bearer", "a.b.c"], "bearer"),
            (&["chat, Bearer", "a.b.c, bearer"], "Bearer"),
            (&[", bearer ,, ,", "", " , a.b.c,"], "bearer"),
        ] {
            assert_eq!(look(fields, false), ("a.b.c".into(), Some(bearer.into())), "{fields:?}");
        }
        // The verifier decides whether it is a token.
        for (fields, text) in [
            ("bearer, bearer", "bearer"),
            ("bearer, x y, a.b.c", "x y"),
            ("bearer, \"a.b.c\"", "\"a.b.c\""),
            ("bearer, base64url.bearer.authorization.k8s.io.", "base64url.bearer.authorization.k8s.io."),
        ] {
            assert_eq!(look(&[fields], false).0, text, "{fields}");
        }
    }

    #[test]
    fn without_a_token_it_is_missing() {
        for fields in [
            &[][..],
            &[""],
            &[" ,, "],
            &["chat"],
            &["bearer"],
            &["chat, Bearer,"],
            &["chat", "bearer", ""],
            &["bearer a.b.c"],
            &["bearer.a.b.c", "a.b.c", "xbearer, a.b.c"],
            &["base64url.bearer.authorization.k8s.io", "Base64url.bearer.authorization.k8s.io.YQ"],
        ] {
            assert_eq!(look(fields, false), ("[Subprotocol]".into(), None), "{fields:?}");
        }
    }

    #[test]
    fn the_form_of_kubernetes_needs_a_second_protocol() {
        let token = encoded("a.b.c");
        for (fields, protocol) in [
            (format!("{token}, chat.v2, chat"), "chat.v2"),
            (format!("chat,{token}"), "chat"),
            (format!("chat, {token}, Bearer"), "chat"),
            (format!("{token}, Bearer,"), "Bearer"),
        ] {
            assert_eq!(look(&[&fields], false), ("a.b.c".into(), Some(protocol.into())), "{fields}");
        }
        assert_eq!(look(&["chat", &token], false), ("a.b.c".into(), Some("chat".into())));
        for alone in [&[&*token][..], &["", &token, ", ,"], &["base64url.bearer.authorization.k8s.io.="]] {
            assert_eq!(look(alone, false), ("InvalidRequest(Malformed)".into(), None), "{alone:?}");
        }
    }

    #[test]
    fn what_is_encoded_must_be_canonical_base64url_of_at_most_the_size_of_a_token() {
        let not_a_token = format!("{:?}", InvalidToken::Segments(SegmentCount::TooFew));
        // A token that is not encoded, padding, the other alphabet, bits that do not count, and half a byte.
        for bad in ["a.b.c", "YQ==", "YS+/", "YR", "Y", "Y Q", "Yé"] {
            let fields = format!("chat, base64url.bearer.authorization.k8s.io.{bad}");
            assert_eq!(look(&[&fields], false).0, not_a_token, "{bad}");
        }
        for extra in [-1, 0] {
            let token = "t".repeat(MAX.checked_add_signed(extra).unwrap());
            assert_eq!(look(&["chat", &encoded(&token)], false).0, token);
        }
        assert_eq!(look(&["chat", &encoded([b't'; MAX + 1])], false).0, "TooLarge");
        assert_eq!(look(&["chat", &encoded(vec![b't'; 1 << 20])], false).0, "TooLarge");
    }

    #[test]
    fn two_tokens_are_rejected_or_by_choice_the_first_counts() {
        let (one, two) = (encoded("a.b.c"), encoded("d.e.f"));
        for fields in [
            &["bearer, a.b.c, bearer, d.e.f"][..],
            &["bearer, a.b.c, Bearer, a.b.c"],
            &["bearer", "a.b.c", "bearer", "x"],
            &["bearer, a.b.c", &two],
            &["chat", &one, "bearer, d.e.f"],
            &[&one, "chat", &two],
            &[&one, &one, "chat"],
        ] {
            assert_eq!(look(fields, false).0, "InvalidRequest(Repeated)", "{fields:?}");
            let (token, protocol) = look(fields, true);
            assert_eq!(token, "a.b.c", "{fields:?}");
            assert!(matches!(protocol.as_deref(), Some("bearer" | "chat")), "{fields:?}: {protocol:?}");
        }
        assert_eq!(look(&[&one, &two], true), ("InvalidRequest(Malformed)".into(), None));
    }

    #[test]
    fn ten_thousand_protocols_hold_at_most_one_token() {
        let chat = "chat,".repeat(10_000);
        assert_eq!(look(&[&chat], false).0, "[Subprotocol]");
        assert_eq!(look(&[&chat, "bearer, a.b.c", &chat], false), ("a.b.c".into(), Some("bearer".into())));
        assert_eq!(look(&vec!["chat"; 10_000], false).0, "[Subprotocol]");
        assert_eq!(look(&[&",".repeat(10_000), "bearer", &",".repeat(10_000), "a"], false).0, "a");
        // Each second one is a token.
        assert_eq!(look(&[&"bearer,".repeat(10_000)], false).0, "InvalidRequest(Repeated)");
        assert_eq!(
            look(&[&format!("{},", encoded("t")).repeat(10_000)], false).0,
            "InvalidRequest(Repeated)"
        );
    }

    #[test]
    fn only_handshakes_have_tokens() {
        let look = |method: &str, fields: &[(&str, &str)]| {
            let request =
                http::Request::builder().method(method).header("sec-websocket-protocol", "bearer, t");
            let add =
                |request: http::request::Builder, (name, value): &(&str, &str)| request.header(*name, *value);
            shown(find(&fields.iter().fold(request, add).body(()).unwrap(), MAX, false))
        };
        assert_eq!(look("GET", &[("upgrade", "websocket")]), "t");
        assert_eq!(look("GET", &[("sec-websocket-key", "dGhl")]), "t");
        assert_eq!(look("CONNECT", &[]), "t");
        for method in ["GET", "POST"] {
            assert_eq!(look(method, &[]), "[Subprotocol]");
            assert_eq!(look(method, &[("sec-websocket-version", "13")]), "[Subprotocol]");
        }
    }
}
