//! Signatures without claims: the examples in the RFCs, and signatures that are rejected.

use jwt_core::error::{InvalidToken, Segment, SegmentCount};
use jwt_core::keys::{Algorithm, KeySet, SigningKey, VerifyingKey};
use jwt_core::token::jws;

use crate::support::{SECRET, segment, sign};
use crate::support_keys::{issue, signer, signing, verifying};

const PAYLOAD: &str = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

/// The key, the JWS, and its payload from RFC 7515, A.1 to A.3, and RFC 8037, A.4.
const EXAMPLES: [(Algorithm, &str, &str, &str); 4] = [
    (
        Algorithm::HS256,
        r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#,
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv\
         bS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        PAYLOAD,
    ),
    (
        Algorithm::RS256,
        r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#,
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl\
         fQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr\
         7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j\
         zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe\
         77Rw",
        PAYLOAD,
    ),
    (
        Algorithm::ES256,
        r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl\
         fQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        PAYLOAD,
    ),
    (
        Algorithm::EdDSA,
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4\
         iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        "Example of Ed25519 signing",
    ),
];

fn one(algorithm: Algorithm, jwk: &str) -> [KeySet; 2] {
    let named = KeySet::single(VerifyingKey::from_jwk(algorithm, jwk).unwrap());
    [named, KeySet::from_jwks(jwk).unwrap()]
}

#[test]
fn the_examples_of_the_rfcs_verify() {
    for (algorithm, jwk, text, payload) in EXAMPLES {
        for &backend in jwt_core::keys::Backend::all() {
            for keys in one(algorithm, jwk) {
                let jws = jws::verify(text, &keys.prepared_by(backend).unwrap()).unwrap();
                assert_eq!((jws.payload(), jws.algorithm()), (payload.as_bytes(), algorithm));
                assert!(jws.header().contains(algorithm.as_str()));
                assert_eq!(jws.into_payload(), payload.as_bytes());
            }
        }
    }
}

#[test]
fn no_example_verifies_with_a_changed_bit_or_by_the_key_of_another() {
    for (algorithm, jwk, text, _) in EXAMPLES {
        let keys = one(algorithm, jwk);
        for (other, jwk, ..) in EXAMPLES.iter().filter(|(other, ..)| *other != algorithm) {
            for keys in one(*other, jwk) {
                assert_eq!(jws::verify(text, &keys).unwrap_err(), InvalidToken::AlgorithmNotAllowed);
            }
        }
        let (signed, signature) = text.rsplit_once('.').unwrap();
        let flipped = if signature.starts_with('A') { "B" } else { "A" };
        for wrong in [
            format!("{signed}.{flipped}{}", &signature[1..]),
            format!("{signed}."),
            format!("{signed}.{}", &signature[..signature.len() - 4]),
            format!("{signed}.AAAA{signature}"),
            format!("{signed}.{signature}AAAA").replace("AAAA", "AAAAAAAA"),
        ] {
            let why = jws::verify(&wrong, &keys[0]).unwrap_err();
            let expected = [InvalidToken::Signature, InvalidToken::Encoding(Segment::Signature)];
            assert!(expected.contains(&why), "{why}: {wrong}");
        }
        let (header, rest) = text.split_once('.').unwrap();
        let changed = format!("{header}.{}", rest.replacen(&rest[..1], "X", 1));
        assert_eq!(jws::verify(changed, &keys[0]).unwrap_err(), InvalidToken::Signature);
    }
}

#[test]
fn ecdsa_signatures_are_two_numbers_of_fixed_length() {
    let key = signing(Algorithm::ES256);
    let token = issue(&signer(key));
    let (signed, _) = token.rsplit_once('.').unwrap();
    let keys = KeySet::single(verifying(Algorithm::ES256));
    assert!(jws::verify(&token, &keys).is_ok());
    // All zeros (CVE-2022-21449), only r is zero, another length, and DER.
    for signature in
        [vec![0; 64], [vec![0; 63], vec![1]].concat(), vec![0; 96], vec![0x30, 6, 2, 1, 1, 2, 1, 1]]
    {
        let forged = format!("{signed}.{}", segment(signature));
        assert_eq!(jws::verify(forged, &keys).unwrap_err(), InvalidToken::Signature);
    }
}

#[test]
fn a_payload_is_any_bytes_and_a_typ_anything() {
    let keys = KeySet::single(VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap());
    for payload in [&[][..], &[0xff, 0, 0xfe], b"text"] {
        for header in
            [r#"{"alg":"HS256"}"#, r#"{"alg":"HS256","typ":"at+jwt"}"#, r#"{"alg":"HS256","typ":[1]}"#]
        {
            let jws = jws::verify(sign(header, payload), &keys).unwrap();
            assert_eq!((jws.payload(), jws.header()), (payload, header));
        }
    }
}

#[test]
fn what_refuses_a_token_refuses_a_jws() {
    let keys = KeySet::single(VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap());
    for (header, expected) in [
        (r#"{"alg":"none"}"#, InvalidToken::AlgorithmNotAllowed),
        (r#"{"alg":"hs256"}"#, InvalidToken::AlgorithmNotAllowed),
        (r#"{"alg":"HS512"}"#, InvalidToken::AlgorithmNotAllowed),
        (r#"{"alg":"RS256"}"#, InvalidToken::AlgorithmNotAllowed),
        ("{}", InvalidToken::AlgorithmMissing),
        (r#"{"alg":"HS256","alg":"HS256"}"#, InvalidToken::Json(Segment::Header)),
        (r#"{"alg":"HS256","crit":[]}"#, InvalidToken::Critical),
        (r#"{"alg":"HS256","crit":["b64"],"b64":false}"#, InvalidToken::UnknownCritical("b64".into())),
        (r#"{"alg":"HS256","b64":true}"#, InvalidToken::UnencodedPayload),
        (r#"{"alg":"HS256","kid":5}"#, InvalidToken::KeyId),
        ("[]", InvalidToken::Json(Segment::Header)),
        ("", InvalidToken::Json(Segment::Header)),
    ] {
        assert_eq!(jws::verify(sign(header, "x"), &keys).unwrap_err(), expected, "{header}");
    }
    let good = sign(r#"{"alg":"HS256"}"#, "x");
    assert_eq!(
        jws::verify(format!("{good}."), &keys).unwrap_err(),
        InvalidToken::Segments(SegmentCount::TooMany)
    );
    assert_eq!(
        jws::verify(format!("{good}="), &keys).unwrap_err(),
        InvalidToken::Encoding(Segment::Signature)
    );
    assert_eq!(jws::verify("a.b", &keys).unwrap_err(), InvalidToken::Segments(SegmentCount::TooFew));
    assert!(jws::verify(&good, &KeySet::new([]).unwrap()).is_err());
}

#[test]
fn the_size_is_looked_at_first() {
    let keys = KeySet::single(VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap());
    let good = sign(r#"{"alg":"HS256"}"#, [b'x'; 100]);
    assert!(jws::verify_with_limit(&good, &keys, good.len()).is_ok());
    assert_eq!(jws::verify_with_limit(&good, &keys, good.len() - 1).unwrap_err(), InvalidToken::TooLarge);
    assert_eq!(jws::verify("x".repeat(jws::MAX_BYTES + 1), &keys).unwrap_err(), InvalidToken::TooLarge);
}

#[test]
fn debug_of_a_jws_and_of_its_keys_shows_nothing() {
    let key = SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    let keys = KeySet::single(key.verifying_key().clone());
    let jws = jws::verify(sign(r#"{"alg":"HS256","x":"shown?"}"#, "shown?"), &keys).unwrap();
    for shown in [format!("{jws:?}"), format!("{keys:?}"), format!("{key:?}")] {
        assert!(shown.len() < 80 && !shown.contains("shown?") && !shown.contains("battery"), "{shown}");
    }
}
