use super::stage::Stage;
use crate::error::{CsrfError, InvalidRequest, InvalidToken, Misuse};
use crate::token::TokenError;

/// Says what to change, and where. Every error has a sentence, even those that only a request can cause.
pub(super) const fn advice(error: &TokenError, stage: Stage) -> &'static str {
    match error {
        TokenError::Csrf(why) => match why {
            CsrfError::BodyNotRead => {
                "In this service, set Config::buffered_body and put a guard in front of the route."
            }
            CsrfError::CrossOrigin => {
                "If the page belongs to this service, add its origin to Config::csrf_trusted_origins."
            }
            CsrfError::Mismatch | CsrfError::Missing => {
                "In the client, send the CSRF value of the current token in the header field of Config::access_csrf_header_name or \
                 Config::refresh_csrf_header_name."
            }
        },
        TokenError::Expired(_) if matches!(stage, Stage::Store) => {
            "In the client, log in again: the session has expired. In this service, Config::session_expires and \
             Config::session_idle_expires set how long sessions last."
        }
        TokenError::Expired(_) => {
            "In the client, refresh the token or log in again. If the clocks differ, correct the clock of this \
             service or set Config::exp_leeway."
        }
        TokenError::Forbidden(_) => {
            "In this service, change the rule that Policy::rule or Policy::with_rule added. Or in the client, send a request that \
             it permits."
        }
        TokenError::InsufficientScope { .. } => {
            "At the issuer, grant the missing authority. If the token has it in another claim, name the claim in \
             Config::authorities or Issuer::authorities."
        }
        TokenError::InsufficientUserAuthentication { .. } => {
            "In the client, let the user log in again as the challenge says. In this service, Policy::max_age, \
             Policy::acr_values, and Policy::fresh require it."
        }
        TokenError::Invalid(why) => of_invalid(why, stage),
        TokenError::InvalidRequest(why) => match why {
            InvalidRequest::BodyTooLarge => {
                "In the client, send a smaller body. Or in this service, raise Config::buffered_body or the limit \
                 of the rule."
            }
            InvalidRequest::BodyUnreadable => "In the client, send the whole body.",
            InvalidRequest::Label => {
                "In the client, send a shorter label. Or in this service, change Config::reject_invalid_labels."
            }
            InvalidRequest::Malformed => {
                "In the client, send the request in the form that the rule requires."
            }
            InvalidRequest::Repeated => {
                "In the client, send one token. Or in this service, set Config::first_token_wins."
            }
        },
        TokenError::Missing(_) => {
            "In the client, send the token in one of the locations of Config::token_location or Policy::locations."
        }
        TokenError::Misuse(misuse) => of_misuse(*misuse),
        TokenError::NotFresh(_) => {
            "In the client, let the user log in again, and send the token of that login. In this service, \
             Policy::fresh requires it."
        }
        TokenError::Reused(_) => {
            "In the client, log in again, and use each refresh token once. In this service, Config::rotation_grace \
             permits a second use after a lost response."
        }
        TokenError::Revoked(_) => {
            "In the client, log in again: the token was revoked, or its session has ended."
        }
        TokenError::TooManySessions => {
            "End one of the user's sessions. Or in this service, raise Config::max_sessions_per_user."
        }
        TokenError::Unavailable(_) => of_outage(stage),
        TokenError::UserLookup(_) => {
            "In this service, find out why its loader does not find the user: \
             JwtManagerBuilder::user_lookup_loader, or JwtManagerBuilder::user_lookup_loader_for for the users of \
             another issuer."
        }
        TokenError::VerificationFailed(_) => {
            "In this service, change JwtManagerBuilder::token_verification_loader or \
             JwtManagerBuilder::token_verification_rule."
        }
    }
}

const fn of_invalid(why: &InvalidToken, stage: Stage) -> &'static str {
    match why {
        InvalidToken::AlgorithmMissing | InvalidToken::AlgorithmNotAllowed => {
            "At the issuer, sign with an accepted algorithm. To accept this one, add a key for it in this service, \
             and list it in Config::decode_algorithms or Issuer::algorithms if these are set."
        }
        InvalidToken::Audience => {
            "In the client, get a token for this service. If this token is for it, accept its aud in this service, with \
             Config::decode_audience, or with Issuer::audience for a trusted issuer."
        }
        InvalidToken::ClaimMissing(_) => match stage {
            Stage::Audience => {
                "At the issuer, write aud. If the issuer never does, call Issuer::without_audience in this service."
            }
            Stage::Iss => "At the issuer, write iss. In this service, Config::decode_issuer requires it.",
            _ => {
                "At the issuer, write the claim. Or in this service, do not require it: Config::required_claims, \
                 Issuer::required_claims, and, for the identity, Config::identity_claim or Issuer::identity_claims."
            }
        },
        InvalidToken::ClaimType(_) => {
            "At the issuer, write the claim with the JSON type that its specification requires."
        }
        InvalidToken::ClaimValue(_) => {
            "In the client, get a token for this purpose. Or in this service, change Issuer::require_claim, \
             Issuer::restrict_claim, or Issuer::forbid_claim."
        }
        InvalidToken::Claims => {
            "In this service, change the type of the route's claims. Or at the issuer, write the claims that this type \
             requires."
        }
        InvalidToken::Confirmation => {
            "In the client, get a token that is not bound to a key. If a gateway checks the proof of possession, \
             set Issuer::confirmed_by_gateway in this service."
        }
        InvalidToken::Critical | InvalidToken::UnknownCritical(_) => {
            "At the issuer, leave out crit: this library does not support any critical extension."
        }
        InvalidToken::EmptyIdentity => {
            "At the issuer, write the identity. If it is in another claim, name the claim in Config::identity_claim \
             or Issuer::identity_claims."
        }
        InvalidToken::Encoding(_) | InvalidToken::MalformedHeader | InvalidToken::Segments(_) => {
            "In the client, send the token exactly as it was issued: three segments of base64url, without quotation \
             marks, spaces, or line breaks."
        }
        InvalidToken::Issuer => match stage {
            Stage::Iss => {
                "In the client, get a token of an accepted issuer. Or in this service, accept the iss with \
                 Config::decode_issuer."
            }
            Stage::Accepted => {
                "In this service, accept the issuer in the policy, with Policy::issuer, Policy::issuers, or \
                 Policy::any_issuer, or without Policy::no_own_tokens. Or in the client, get another token."
            }
            _ => {
                "In this service, trust the issuer under its exact iss with JwtManagerBuilder::trusted_issuer, and \
                 accept it in the policy with Policy::issuer or Policy::any_issuer. Or in the client, get another \
                 token."
            }
        },
        InvalidToken::Json(_) => {
            "At the issuer, write the header and the payload as JSON objects in UTF-8, with distinct names."
        }
        InvalidToken::KeyId => "At the issuer, write kid as a string.",
        InvalidToken::KeyIdMissing => {
            "At the issuer, write the kid of the key, which the keys of this service require."
        }
        InvalidToken::Kind(_) => {
            "In the client, send the token of the required kind. If this token is of that kind, name the claim and \
             its values in this service: Config::kind_claim, Config::access_kinds, or Issuer::kind_claim."
        }
        InvalidToken::NotYetValid(_) => {
            "Correct the clock of the issuer or of this service. Or in this service, set Config::nbf_leeway or \
             Config::iat_leeway."
        }
        InvalidToken::QueryPrefix => "In the client, send the prefix of Config::query_string_value_prefix.",
        InvalidToken::Signature => {
            "In the client, send the token unchanged. If this service lacks the key of its issuer, add it: \
             JwtManagerBuilder::secret, JwtManagerBuilder::keys, or the keys of the Issuer."
        }
        InvalidToken::TooLarge => {
            "At the issuer, write fewer claims. Or in this service, raise Config::max_token_bytes."
        }
        InvalidToken::TokenType => {
            "In the client, send the token as a string in the member of Config::json_key."
        }
        InvalidToken::Type => {
            "In the client, send the access token. If this is one, accept its typ in this service with \
             Issuer::accept_typ, Issuer::access_typ, or Config::any_typ."
        }
        InvalidToken::UnencodedPayload => {
            "At the issuer, leave out b64: the payload of a JWT is always encoded."
        }
        InvalidToken::UnknownKey => {
            "In the client, get a token of a current key. If this key is current, add it in this service with \
             JwtManager::set_keys, or read the keys of the issuer from a source with Issuer::with_source."
        }
    }
}

const fn of_misuse(misuse: Misuse) -> &'static str {
    match misuse {
        Misuse::ForeignManager => {
            "In this service, call JwtManager::complete of the manager that began the check."
        }
        Misuse::MisplacedManager { .. } | Misuse::MissingManager { .. } => {
            "In this service, give the JwtManager to the framework in the form that extractors use."
        }
        Misuse::NoRequest => {
            "To explain, call JwtManager::explain_in with a request, because a rule needs it. In this service, call \
             JwtManager::verify_in if the token does not arrive in a request."
        }
        Misuse::NoSessionStore => "In this service, call JwtManagerBuilder::session_store.",
        Misuse::NoStore => {
            "In this service, call JwtManagerBuilder::revocation_store or JwtManagerBuilder::session_store."
        }
        Misuse::NoUserLoader => "In this service, call JwtManagerBuilder::user_lookup_loader.",
        Misuse::RuleWithoutBody => {
            "To explain, add the body with RequestInfo::with_body. In this service, let a guard read it."
        }
        Misuse::WrongUserType { .. } => "In this service, use the type of the user loader in CurrentUser.",
    }
}

const fn of_outage(stage: Stage) -> &'static str {
    match stage {
        Stage::Keys => {
            "In this service, make the keys available: the address of the issuer for Issuer::with_source, or \
             JwtManagerBuilder::decode_key_loader. In the client, try again later."
        }
        Stage::Store => {
            "In this service, repair the store of JwtManagerBuilder::session_store or \
             JwtManagerBuilder::revocation_store. In the client, try again later."
        }
        Stage::Blocklist => {
            "In this service, repair JwtManagerBuilder::token_in_blocklist_loader. In the client, try again later."
        }
        Stage::Verification => {
            "In this service, repair JwtManagerBuilder::token_verification_loader. In the client, try again later."
        }
        Stage::User => {
            "In this service, repair JwtManagerBuilder::user_lookup_loader. In the client, try again later."
        }
        _ => "In this service, repair the rule. In the client, try again later.",
    }
}
