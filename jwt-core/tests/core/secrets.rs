//! How long a secret must be, and which tokens it verifies.

use jwt_core::keys::Secret;
use jwt_core::{Algorithm, Config, ConfigError, JwtManager};

use crate::building::assert_told;
use crate::support::{SECRET, both, builder, manager, secs};

fn with_secret(config: Config, length: usize) -> Result<JwtManager, ConfigError> {
    JwtManager::builder(config).secret((0..=u8::MAX).take(length).collect::<Vec<_>>()).build()
}

#[test]
fn without_a_key_nothing_is_built() {
    for config in both() {
        let error = JwtManager::builder(config).build().unwrap_err();
        assert_eq!(error, ConfigError::MissingKey);
        assert!(error.to_string().contains(".secret("));
    }
}

#[test]
fn a_secret_is_as_long_as_its_hash_in_either_configuration() {
    let algorithms = [(Algorithm::HS256, 32), (Algorithm::HS384, 48), (Algorithm::HS512, 64)];
    for config in both() {
        for (algorithm, needed) in algorithms {
            let config = config.clone().algorithm(algorithm);
            assert!(with_secret(config.clone(), needed).is_ok());
            for found in [0, 2, needed - 1] {
                let error = with_secret(config.clone(), found).unwrap_err();
                assert_eq!(error, ConfigError::ShortSecret { algorithm, needed, found });
                assert_told(&error, "secret");
                let text = error.to_string();
                for part in [
                    algorithm.as_str(),
                    &needed.to_string(),
                    &found.to_string(),
                    "openssl",
                    "insecure_short_secret",
                ] {
                    assert!(text.contains(part), "{text:?} without {part}");
                }
            }
        }
    }
}

#[test]
fn the_longest_hash_among_the_decoding_algorithms_decides() {
    let config = Config::default().decode_algorithms([Algorithm::HS512, Algorithm::HS384]);
    assert_eq!(
        with_secret(config.clone(), 63).unwrap_err(),
        ConfigError::ShortSecret { algorithm: Algorithm::HS512, needed: 64, found: 63 }
    );
    assert!(with_secret(config, 64).is_ok());
    // The signing algorithm counts, whether it is listed or not.
    let config = Config::default().algorithm(Algorithm::HS512).decode_algorithms([Algorithm::HS256]);
    assert!(with_secret(config, 63).is_err());
}

#[test]
fn one_secret_verifies_every_configured_algorithm_and_no_other() {
    let signers = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512].map(|algorithm| {
        let jwt = manager(Config::default().algorithm(algorithm));
        (algorithm, jwt.access_token("alice").encode().unwrap())
    });
    let jwt = manager(Config::default().decode_algorithms([Algorithm::HS512]));
    for (algorithm, token) in &signers {
        assert_eq!(jwt.decode(token).is_ok(), *algorithm != Algorithm::HS384, "{algorithm}");
    }
}

#[test]
fn a_short_secret_works_for_those_who_must() {
    let jwt = with_secret(Config::default().insecure_short_secret(), 1).unwrap();
    let token = jwt.access_token("alice").expires_in(secs(3600)).encode().unwrap();
    assert_eq!(jwt.decode(&token).unwrap().identity(), "alice");
    assert!(with_secret(Config::default().insecure_short_secret(), 0).is_err());
}

#[test]
fn a_secret_is_made_of_text_or_bytes() {
    let token = manager(Config::default()).access_token("alice").encode().unwrap();
    let array: [u8; 64] = SECRET.as_bytes().try_into().unwrap();
    for secret in [
        Secret::from(SECRET),
        Secret::from(SECRET.to_owned()),
        Secret::from(SECRET.as_bytes()),
        Secret::from(SECRET.as_bytes().to_vec()),
        Secret::from(array),
    ] {
        assert_eq!((secret.len(), secret.is_empty()), (64, false));
        let jwt = builder(Config::default()).secret(secret).build().unwrap();
        assert!(jwt.decode(&token).is_ok());
    }
}

#[test]
fn algorithms_are_known_by_their_exact_names() {
    use Algorithm::*;
    let all = [HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA];
    for algorithm in all {
        assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
        assert_eq!(algorithm.to_string(), algorithm.as_str());
    }
    for name in ["hs256", "HS256 ", "none", "", "ES512", "ES256K", "Ed448", "RSA1_5", "A256KW", "eddsa"] {
        assert!(name.parse::<Algorithm>().is_err(), "{name}");
    }
    assert_eq!("Ed25519".parse(), Ok(EdDSA));
}

/// `fn main() -> Result<(), Box<dyn Error>>` prints its error with `Debug`.
#[test]
fn debug_is_the_text_and_the_advice_makes_a_secret_that_is_long_enough() {
    let short = |algorithm| {
        let config = Config::default().algorithm(algorithm);
        JwtManager::builder(config).secret("correct-horse-battery").build().unwrap_err()
    };
    for (algorithm, advice) in [
        (Algorithm::HS256, "`openssl rand -base64 48`"),
        (Algorithm::HS384, "`openssl rand -base64 48`"),
        (Algorithm::HS512, "`openssl rand -hex 64`"),
    ] {
        let error = short(algorithm);
        assert!(error.to_string().contains(advice), "{error}");
    }
    let boxed: Box<dyn std::error::Error> = short(Algorithm::HS512).into();
    assert_eq!(format!("{boxed:?}"), boxed.to_string());
    assert_eq!(format!("{:#?}", ConfigError::MissingKey), ConfigError::MissingKey.to_string());
}
