//! The responses of `BearerHandlers` and `ProblemHandlers`.

use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use jwt_core::{BearerHandlers, ErrorKind, ProblemHandlers};
use serde_json::json;

use crate::answer_headers::is_challenged;
use crate::refusals::{Case, all, every_refusal, json_of, respond, with};

#[test]
fn bearer_handlers_answer_with_the_statuses_of_rfc_6750() {
    let jwt = with(BearerHandlers);
    for Case { error, kind, status, reason, .. } in every_refusal() {
        let answer = respond(&jwt, &error);
        assert_eq!(answer.status().as_u16(), rfc_6750(kind, status), "{kind:?}");
        assert_eq!(json_of(&answer), json!({"msg": reason}));
        assert_eq!(answer.headers().contains_key(RETRY_AFTER), status == 503);
    }
}

fn rfc_6750(kind: ErrorKind, default: u16) -> u16 {
    match kind {
        ErrorKind::InvalidToken => 401,
        ErrorKind::TokenVerificationFailed => 403,
        _ => default,
    }
}

#[test]
fn problem_handlers_answer_with_problem_details() {
    let jwt = with(ProblemHandlers);
    for Case { error, kind, status, reason, .. } in every_refusal() {
        let answer = respond(&jwt, &error);
        let status = rfc_6750(kind, status);
        assert_eq!(answer.status().as_u16(), status, "{kind:?}");
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
        assert_eq!(answer.headers().contains_key(RETRY_AFTER), status == 503);
        let title = answer.status().canonical_reason();
        let problem = json!({
            "type": "about:blank", "title": title, "status": status, "detail": reason, "code": kind.as_str(),
        });
        assert_eq!(json_of(&answer), problem);
    }
}

#[test]
fn the_other_handlers_challenge_a_malformed_request_too() {
    for jwt in [with(BearerHandlers), with(ProblemHandlers)] {
        for Case { error, challenge, kind, .. } in every_refusal() {
            let answer = respond(&jwt, &error);
            // Another token would not help.
            let has_none = matches!(kind, ErrorKind::TooManySessions | ErrorKind::Unavailable)
                || !is_challenged(answer.status().as_u16(), kind) && answer.status() == 403;
            let expected = if has_none { vec![] } else { vec![challenge] };
            assert_eq!(all(&answer, WWW_AUTHENTICATE), expected, "{kind:?}");
        }
    }
}
