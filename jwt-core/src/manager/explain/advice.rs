use super::stage::Stage;
use crate::error::{CsrfError, InvalidRequest, InvalidToken, Misuse};
use crate::token::TokenError;

/// Says who has to change what. Every error has a sentence, even those that only a request can cause.
pub(super) const fn advice(error: &TokenError, stage: Stage) -> &'static str {
    match error {
        TokenError::Csrf(why) => match why {
            CsrfError::BodyNotRead => {
                "This service sets Config::buffered_body, and puts a guard in front of the route."
            }
            CsrfError::CrossOrigin => {
                "This service lists the origin of the page in Config::csrf_trusted_origins, if the page is its own."
            }
            CsrfError::Mismatch | CsrfError::Missing => {
                "The client sends the CSRF value of its current token in the header field of \
                 Config::access_csrf_header_name."
            }
        },
        TokenError::Expired(_) if matches!(stage, Stage::Store) => {
            "The client logs in again, because its session has expired. Config::session_expires and \
             Config::session_idle_expires of this service set how long sessions last."
        }
        TokenError::Expired(_) => {
            "The client refreshes its token or logs in again. If the clocks differ, this service corrects its own or sets \
             Config::exp_leeway."
        }
        TokenError::Forbidden(_) => {
            "The rule of this service decides, which Policy::rule or Policy::with_rule added. The client cannot change it."
        }
        TokenError::InsufficientScope { .. } => {
            "The issuer grants the missing authority. If the token has it in another claim, this service names the claim in \
             Config::authorities or Issuer::authorities."
        }
        TokenError::InsufficientUserAuthentication { .. } => {
            "The client lets the user log in again as the challenge says. Policy::max_age, Policy::acr_values, and \
             Policy::fresh of this service require it."
        }
        TokenError::Invalid(why) => of_invalid(why, stage),
        TokenError::InvalidRequest(why) => match why {
            InvalidRequest::BodyTooLarge => {
                "The client sends a smaller body, or this service raises Config::buffered_body or the limit of the rule."
            }
            InvalidRequest::BodyUnreadable => "The client sends the whole body.",
            InvalidRequest::Label => {
                "The client sends a shorter label, or this service changes Config::reject_invalid_labels."
            }
            InvalidRequest::Malformed => "The client sends the request in the form that the rule requires.",
            InvalidRequest::Repeated => {
                "The client sends one token, or this service sets Config::first_token_wins."
            }
        },
        TokenError::Missing(_) => {
            "The client sends its token in one of the locations of Config::token_location or Policy::locations."
        }
        TokenError::Misuse(misuse) => of_misuse(*misuse),
        TokenError::NotFresh(_) => {
            "The client lets the user log in again, and sends the token of that login. Policy::fresh of this service \
             requires it."
        }
        TokenError::Reused(_) => {
            "The client logs in again, and uses each refresh token once. Config::rotation_grace of this service permits a \
             second use after a lost response."
        }
        TokenError::Revoked(_) => {
            "The client logs in again, because the token was revoked or its session has ended."
        }
        TokenError::TooManySessions => {
            "The user ends a session, or this service raises Config::max_sessions_per_user."
        }
        TokenError::Unavailable(_) => of_outage(stage),
        TokenError::UserLookup(_) => {
            "The loader of this service does not find the user: JwtManagerBuilder::user_lookup_loader, or \
             JwtManagerBuilder::user_lookup_loader_for for the users of another issuer."
        }
        TokenError::VerificationFailed(_) => {
            "The application of this service decides, with JwtManagerBuilder::token_verification_loader or \
             JwtManagerBuilder::token_verification_rule."
        }
    }
}

const fn of_invalid(why: &InvalidToken, stage: Stage) -> &'static str {
    match why {
        InvalidToken::AlgorithmMissing | InvalidToken::AlgorithmNotAllowed => {
            "The issuer signs with an accepted algorithm. If it should be accepted, this service adds a key for it, and \
             lists it in Config::decode_algorithms or Issuer::algorithms if it restricts them."
        }
        InvalidToken::Audience => {
            "The client gets a token for this service. If the token is for it, this service accepts its aud with \
             Config::decode_audience, or Issuer::audience for the tokens of a trusted issuer."
        }
        InvalidToken::ClaimMissing(_) => match stage {
            Stage::Audience => {
                "The issuer writes aud. For an issuer that never does, this service calls Issuer::without_audience."
            }
            Stage::Iss => "The issuer writes iss, because Config::decode_issuer of this service requires it.",
            _ => {
                "The issuer writes the claim, or this service does not require it: Config::required_claims, \
                 Issuer::required_claims, and Config::identity_claim or Issuer::identity_claims for the identity."
            }
        },
        InvalidToken::ClaimType(_) => {
            "The issuer writes the claim with the JSON type that its specification requires."
        }
        InvalidToken::ClaimValue(_) => {
            "The client gets a token for this purpose, or this service changes Issuer::require_claim, \
             Issuer::restrict_claim, or Issuer::forbid_claim."
        }
        InvalidToken::Claims => {
            "This service changes the type of the route's claims, or the issuer writes the claims."
        }
        InvalidToken::Confirmation => {
            "The client gets a token that is not bound to a key. If a gateway checks the proof of possession, this service \
             sets Issuer::confirmed_by_gateway."
        }
        InvalidToken::Critical | InvalidToken::UnknownCritical(_) => {
            "The issuer leaves out crit, because this library does not support any critical extension."
        }
        InvalidToken::EmptyIdentity => {
            "The issuer writes the identity. If it is in another claim, this service names the claim in \
             Config::identity_claim or Issuer::identity_claims."
        }
        InvalidToken::Encoding(_) | InvalidToken::MalformedHeader | InvalidToken::Segments(_) => {
            "The client sends the token exactly as it was issued: three segments of base64url, without quotation marks, \
             spaces, or line breaks."
        }
        InvalidToken::Issuer => match stage {
            Stage::Iss => {
                "The client gets a token of an accepted issuer, or this service accepts the iss with Config::decode_issuer."
            }
            Stage::Accepted => {
                "This service accepts the issuer in the policy, with Policy::issuer, Policy::issuers, or \
                 Policy::any_issuer, or without Policy::no_own_tokens. Otherwise, the client gets another token."
            }
            _ => {
                "This service trusts the issuer under its exact iss, with JwtManagerBuilder::trusted_issuer, and accepts it \
                 in the policy, with Policy::issuer or Policy::any_issuer. Otherwise, the client gets another token."
            }
        },
        InvalidToken::Json(_) => {
            "The issuer writes the header and the payload as JSON objects in UTF-8, with distinct names."
        }
        InvalidToken::KeyId => "The issuer writes kid as a string.",
        InvalidToken::KeyIdMissing => {
            "The issuer writes the kid of its key, which the keys of this service require."
        }
        InvalidToken::Kind(_) => {
            "The client sends its token of the required kind. If the token is of that kind, this service names the claim and \
             its values: Config::kind_claim, Config::access_kinds, or Issuer::kind_claim."
        }
        InvalidToken::NotYetValid(_) => {
            "The issuer or this service corrects its clock, or this service sets Config::nbf_leeway or Config::iat_leeway."
        }
        InvalidToken::QueryPrefix => "The client sends the prefix of Config::query_string_value_prefix.",
        InvalidToken::Signature => {
            "The client sends the token unchanged, and this service has the key of its issuer: JwtManagerBuilder::secret, \
             JwtManagerBuilder::keys, or the keys of the Issuer."
        }
        InvalidToken::TooLarge => {
            "The issuer writes fewer claims, or this service raises Config::max_token_bytes."
        }
        InvalidToken::TokenType => {
            "The client sends the token as a string in the member of Config::json_key."
        }
        InvalidToken::Type => {
            "The client sends its access token. If it is one, this service accepts its typ with Issuer::accept_typ, \
             Issuer::access_typ, or Config::any_typ."
        }
        InvalidToken::UnencodedPayload => {
            "The issuer leaves out b64, because the payload of a JWT is always encoded."
        }
        InvalidToken::UnknownKey => {
            "The client gets a token of a current key. If the key is current, this service adds it with \
             JwtManager::set_keys, or reads the keys of the issuer from a source with Issuer::with_source."
        }
    }
}

const fn of_misuse(misuse: Misuse) -> &'static str {
    match misuse {
        Misuse::ForeignManager => {
            "This service calls JwtManager::complete of the manager that began the check."
        }
        Misuse::MisplacedManager { .. } | Misuse::MissingManager { .. } => {
            "This service gives its JwtManager to the framework in the form that extractors use."
        }
        Misuse::NoRequest => {
            "The operator calls JwtManager::explain_in with a request, because a rule needs it. The route needs \
             JwtManager::verify_in if the token does not arrive in a request."
        }
        Misuse::NoSessionStore => "This service calls JwtManagerBuilder::session_store.",
        Misuse::NoStore => {
            "This service calls JwtManagerBuilder::revocation_store or JwtManagerBuilder::session_store."
        }
        Misuse::NoUserLoader => "This service calls JwtManagerBuilder::user_lookup_loader.",
        Misuse::RuleWithoutBody => {
            "The operator adds the body with RequestInfo::with_body. In this service, a guard has to read it."
        }
        Misuse::WrongUserType { .. } => "This service uses the type of its user loader in CurrentUser.",
    }
}

const fn of_outage(stage: Stage) -> &'static str {
    match stage {
        Stage::Keys => {
            "This service makes the keys available: the address of the issuer for Issuer::with_source, or \
             JwtManagerBuilder::decode_key_loader. The client tries again later."
        }
        Stage::Store => {
            "This service repairs the store of JwtManagerBuilder::session_store or JwtManagerBuilder::revocation_store. The \
             client tries again later."
        }
        Stage::Blocklist => {
            "This service repairs JwtManagerBuilder::token_in_blocklist_loader. The client tries again later."
        }
        Stage::Verification => {
            "This service repairs JwtManagerBuilder::token_verification_loader. The client tries again later."
        }
        Stage::User => {
            "This service repairs JwtManagerBuilder::user_lookup_loader. The client tries again later."
        }
        _ => "This service repairs its rule. The client tries again later.",
    }
}
