//! Keys in PEM and DER. Every valid key works with every crypto library, and every other file gets its own error.

use jwt_core::keys::{Algorithm, Backend, SigningKey, VerifyingKey};
use jwt_core::{Config, ConfigError};

use crate::support::segment;
use crate::support_keys::{
    KINDS, PAIRS, assert_pair, der, file, issue, keyless, private_pem, public_pem, signer, signing, told,
    verifying,
};

#[test]
fn what_one_library_signs_every_other_verifies() {
    for algorithm in PAIRS {
        assert_pair(&signing(algorithm), &verifying(algorithm));
    }
}

#[test]
fn secrets_work_with_every_library() {
    for algorithm in crate::support_keys::SECRETS {
        let secret = crate::support::SECRET;
        assert_pair(
            &SigningKey::from_secret(algorithm, secret).unwrap(),
            &VerifyingKey::from_secret(algorithm, secret).unwrap(),
        );
    }
}

#[test]
fn der_is_read_as_pem_is() {
    for algorithm in KINDS {
        let private = SigningKey::from_der(algorithm, der(&private_pem(algorithm))).unwrap();
        let public = VerifyingKey::from_der(algorithm, der(&public_pem(algorithm))).unwrap();
        assert_pair(&private, &public);
        assert_eq!(public.thumbprint(), verifying(algorithm).thumbprint());
        assert_eq!(private.verifying_key().thumbprint(), public.thumbprint());
    }
}

#[test]
fn rsa_keys_are_read_in_pkcs1_too() {
    let (private, public) = (file("rs256.pkcs1.pem"), file("rs256.pkcs1.pub.pem"));
    for algorithm in [Algorithm::RS256, Algorithm::PS512] {
        assert_pair(
            &SigningKey::from_pem(algorithm, &private).unwrap(),
            &VerifyingKey::from_pem(algorithm, &public).unwrap(),
        );
        assert_pair(
            &SigningKey::from_der(algorithm, der(&private)).unwrap(),
            &VerifyingKey::from_der(algorithm, der(&public)).unwrap(),
        );
    }
}

#[test]
fn an_ec_key_without_its_public_part_is_read() {
    let key = SigningKey::from_pem(Algorithm::ES256, file("es256.nopub.pem")).unwrap();
    assert_pair(&key, &verifying(Algorithm::ES256));
}

#[test]
fn an_exponent_of_three_and_8192_bits_are_the_bounds_of_rsa() {
    let small = SigningKey::from_pem(Algorithm::RS256, file("rs256.e3.pem")).unwrap();
    assert_pair(&small, &VerifyingKey::from_pem(Algorithm::RS256, file("rs256.e3.pub.pem")).unwrap());
}

#[test]
fn a_key_that_is_too_large_for_a_library_is_an_error_and_the_largest_signs() {
    let (private, public) = (file("rs8192.pem"), file("rs8192.pub.pem"));
    let private = SigningKey::from_pem(Algorithm::RS256, private);
    let public = VerifyingKey::from_pem(Algorithm::RS256, public);
    let (Ok(private), Ok(public)) = (private.clone(), public.clone()) else {
        for (found, expected) in [told(private), told(public)] {
            assert_eq!((&*found, expected.contains("2048 to 4096")), ("an RSA key of 8192 bits", true));
        }
        return;
    };
    let jwt = signer(private.clone());
    assert!(jwt.decode(&issue(&jwt)).is_ok());
    for &backend in Backend::all().iter().filter(|backend| **backend != Backend::default()) {
        let (found, expected) = told(public.prepared_by(backend));
        assert_eq!((&*found, expected.contains("2048 to 4096")), ("an RSA key of 8192 bits", true));
        assert!(told(private.prepared_by(backend)).1.contains("4096"));
        let built = keyless(Config::default()).public_key(public.clone()).backend(backend).build();
        assert_eq!(told(built).0, "an RSA key of 8192 bits");
    }
}

#[test]
fn what_editors_and_mails_do_to_a_pem_does_not_matter() {
    for algorithm in KINDS {
        let changes: [fn(&str) -> String; 11] = [
            |pem| pem.replace('\n', "\r\n"),
            |pem| format!("\n \r\n{pem}\n\n"),
            |pem| format!("\u{feff}{pem}"),
            |pem| format!("\u{feff}\r\n{}", pem.replace('\n', "\r\n")),
            |pem| pem.trim().to_owned(),
            |pem| format!("{pem}\0").replace('\0', "  \n"),
            |pem| pem.replace('\n', ""),
            |pem| pem.replace('\n', "\\n"),
            |pem| pem.replace('\n', "\\r\\n"),
            |pem| pem.replace('\n', " "),
            |pem| pem.replace("MI", "M\nI\n").replace("MC", "M\nC\n"),
        ];
        for change in changes {
            let private = change(&private_pem(algorithm));
            assert!(SigningKey::from_pem(algorithm, &private).is_ok(), "{private:?}");
            let public = change(&public_pem(algorithm));
            assert!(VerifyingKey::from_pem(algorithm, public.as_bytes()).is_ok(), "{public:?}");
        }
    }
}

/// Checks that the error does not contain any part of the key: eight consecutive characters of its base64, or bytes.
fn assert_silent(error: &ConfigError, key: &str) {
    let shown = format!("{error} {error:?} {error:#?}");
    for line in key.lines().filter(|line| !line.starts_with('-')) {
        for start in 0..line.len().saturating_sub(8) {
            let run = line.get(start..start + 8);
            assert!(run.is_none_or(|run| !shown.contains(run)), "{run:?} in {shown}");
        }
    }
}

fn assert_private_refused(algorithm: Algorithm, pem: &str, found: &str, expected: &str) {
    assert_told(SigningKey::from_pem(algorithm, pem), pem, found, expected);
}

fn assert_public_refused(algorithm: Algorithm, pem: &str, found: &str, expected: &str) {
    assert_told(VerifyingKey::from_pem(algorithm, pem), pem, found, expected);
}

fn assert_told<K>(result: Result<K, ConfigError>, key: &str, found: &str, expected: &str) {
    let error = result.err().expect("it was accepted");
    assert_silent(&error, key);
    let told = told::<K>(Err(error));
    assert!(told.0.contains(found) && told.1.contains(expected), "{told:?}, not {found:?} and {expected:?}");
}

#[test]
fn a_wrong_file_in_place_of_a_private_key_is_named() {
    let es256 = Algorithm::ES256;
    for (name, found, expected) in [
        ("es256.pub.pem", "a public key (BEGIN PUBLIC KEY)", "a private key in PEM (BEGIN PRIVATE KEY)"),
        ("rs256.pkcs1.pub.pem", "a public key", "an EC key on P-256 for ES256"),
        ("es256.sec1.pem", "SEC1", "openssl pkcs8 -topk8 -nocrypt"),
        ("es256.params.pem", "SEC1", "PKCS#8"),
        ("encrypted.pem", "encrypted", "without a passphrase"),
        ("certificate.pem", "a certificate", "a private key"),
        ("openssh.pem", "OpenSSH", "a private key"),
        ("openssh.pub", "not PEM", "a private key"),
        ("ed448.pem", "an Ed448 key", "ES256"),
        ("x25519.pem", "an X25519 key, which cannot sign", "ES256"),
        ("es512.pem", "P-521", "P-256 for ES256"),
        ("es256k.pem", "secp256k1", "P-256 for ES256"),
        ("es384.pem", "an EC key on P-384", "P-256 for ES256"),
        ("es256.explicit.pem", "without a named curve", "P-256 for ES256"),
        ("rs256.pem", "an RSA key", "P-256 for ES256"),
        ("rs256.pkcs1.pem", "an RSA key", "P-256 for ES256"),
        ("ed25519.pem", "an Ed25519 key", "P-256 for ES256"),
        ("dsa.pem", "a DSA key", "ES256"),
    ] {
        assert_private_refused(es256, &file(name), found, expected);
    }
    for (name, found) in [
        ("rsapss.pem", "an RSASSA-PSS key"),
        ("rsa1024.pem", "an RSA key of 1024 bits"),
        ("rs256.pkcs1.encrypted.pem", "encrypted"),
        ("es256.pem", "an EC key on P-256"),
    ] {
        assert_private_refused(Algorithm::PS256, &file(name), found, "");
    }
    assert_private_refused(
        Algorithm::EdDSA,
        &file("es256.pem"),
        "an EC key on P-256",
        "Ed25519 key for EdDSA",
    );
    assert_private_refused(Algorithm::HS256, &file("es256.pem"), "an EC key", "a secret for HS256");
}

#[test]
fn a_wrong_file_in_place_of_a_public_key_is_named() {
    for (name, found, expected) in [
        ("es256.pem", "a private key", "openssl pkey -pubout"),
        ("es256.sec1.pem", "an EC private key in SEC1", "openssl pkey -pubout"),
        ("encrypted.pem", "encrypted", "a public key"),
        ("certificate.pem", "openssl x509 -pubkey -noout", "a public key"),
        ("openssh.pem", "OpenSSH", "a public key"),
        ("openssh.pub", "not PEM", "a public key in PEM (BEGIN PUBLIC KEY)"),
        ("ed448.pub.pem", "an Ed448 key", "ES256"),
        ("x25519.pub.pem", "an X25519 key, which cannot sign", "ES256"),
        ("es512.pub.pem", "P-521", "P-256 for ES256"),
        ("es256k.pub.pem", "secp256k1", "P-256 for ES256"),
        ("es384.pub.pem", "an EC key on P-384", "P-256 for ES256"),
        ("es256.compressed.pub.pem", "compressed", "uncompressed"),
        ("rs256.pub.pem", "an RSA key", "P-256 for ES256"),
        ("rs256.pkcs1.pub.pem", "an RSA key", "P-256 for ES256"),
    ] {
        assert_public_refused(Algorithm::ES256, &file(name), found, expected);
    }
    assert_public_refused(Algorithm::RS256, &file("rsa1024.pub.pem"), "1024 bits", "2048");
    assert_public_refused(Algorithm::EdDSA, &file("es256.pub.pem"), "an EC key", "an Ed25519 key for EdDSA");
    assert_public_refused(Algorithm::HS256, &file("rs256.pub.pem"), "an RSA key", "a secret for HS256");
}

#[test]
fn der_of_the_wrong_kind_is_named() {
    for name in ["es256.pub.pem", "rs256.pkcs1.pub.pem", "certificate.pem"] {
        let key = SigningKey::from_der(Algorithm::ES256, der(&file(name)));
        assert_told(key, &file(name), "a public key or a certificate", "a private key (PKCS#8)");
    }
    for name in ["es256.pem", "rs256.pem", "ed25519.pem", "rs256.pkcs1.pem", "es256.sec1.pem"] {
        let key = VerifyingKey::from_der(Algorithm::ES256, der(&file(name)));
        assert_told(key, &file(name), "a private key", "a public key (SubjectPublicKeyInfo)");
    }
    let key = VerifyingKey::from_der(Algorithm::ES256, der(&file("certificate.pem")));
    assert_told(key, "", "a certificate", "a public key");
    let key = SigningKey::from_der(Algorithm::ES256, der(&file("es256.sec1.pem")));
    assert_told(key, "", "SEC1", "PKCS#8");
}

#[test]
fn input_that_is_not_a_key_is_an_error_and_never_panics() {
    for text in [
        "",
        "\n",
        "hello",
        "-----BEGIN ",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\n\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN -----\nAAAA\n-----END -----\n",
        "-----BEGIN CANDY-----\nAAAA\n-----END CANDY-----\n",
        "\u{feff}",
    ] {
        for algorithm in PAIRS {
            for (found, expected) in [
                told(SigningKey::from_pem(algorithm, text)),
                told(VerifyingKey::from_pem(algorithm, text)),
                told(SigningKey::from_der(algorithm, text)),
                told(VerifyingKey::from_der(algorithm, text)),
            ] {
                assert!(!found.is_empty() && !expected.is_empty());
            }
        }
    }
    for bytes in [&[0xff; 40][..], &[0; 40], &[0x30; 40]] {
        assert!(told(SigningKey::from_pem(Algorithm::ES256, bytes)).0.contains("no"));
        assert!(told(VerifyingKey::from_pem(Algorithm::ES256, bytes)).0.contains("no"));
    }
}

#[test]
fn a_damaged_pem_is_refused() {
    for algorithm in KINDS {
        let (private, public) = (private_pem(algorithm), public_pem(algorithm));
        let damages: [fn(&str) -> String; 6] = [
            |pem| pem.replacen('M', "?", 1),
            |pem| pem.rsplit_once("-----END").unwrap().0.to_owned(),
            |pem| pem.replacen("-----END", "----END", 1),
            |pem| {
                pem.lines()
                    .enumerate()
                    .filter(|(line, _)| *line != 1)
                    .map(|(_, l)| format!("{l}\n"))
                    .collect()
            },
            |pem| format!("{pem}{pem}"),
            |pem| format!("{pem}junk"),
        ];
        for damage in damages {
            let (private, public) = (damage(&private), damage(&public));
            assert_told(SigningKey::from_pem(algorithm, &private), &private, "", "a private key");
            assert_told(VerifyingKey::from_pem(algorithm, &public), &public, "", "a public key");
        }
    }
}

#[test]
fn a_pem_cut_anywhere_is_refused() {
    for algorithm in KINDS {
        let (private, public) = (private_pem(algorithm), public_pem(algorithm));
        for end in 0..private.trim_end().len() {
            let cut = &private[..end];
            assert!(!told(SigningKey::from_pem(algorithm, cut)).0.is_empty());
        }
        for end in 0..public.trim_end().len() {
            let cut = &public[..end];
            assert!(!told(VerifyingKey::from_pem(algorithm, cut)).0.is_empty());
        }
    }
}

#[test]
fn der_cut_at_any_length_is_refused_and_longer_der_too() {
    for algorithm in KINDS {
        let (private, public) = (der(&private_pem(algorithm)), der(&public_pem(algorithm)));
        for end in 0..private.len() {
            told(SigningKey::from_der(algorithm, &private[..end]));
        }
        for end in 0..public.len() {
            told(VerifyingKey::from_der(algorithm, &public[..end]));
        }
        told(SigningKey::from_der(algorithm, [&*private, &[0]].concat()));
        told(VerifyingKey::from_der(algorithm, [&*public, &[0]].concat()));
    }
}

#[test]
fn der_with_a_changed_byte_is_another_key_or_none() {
    for algorithm in KINDS {
        let public = der(&public_pem(algorithm));
        for place in 0..public.len() {
            for change in [1, 0x80, 0xff] {
                let mut changed = public.clone();
                changed[place] ^= change;
                if let Ok(key) = VerifyingKey::from_der(algorithm, changed) {
                    assert_eq!(key.thumbprint().map(str::len), Some(43), "{algorithm}: byte {place}");
                }
            }
        }
        let private = der(&private_pem(algorithm));
        // With RSA, trying every byte takes too long.
        let step = private.len() / 100;
        for place in (0..private.len()).step_by(step.max(1)) {
            let mut changed = private.clone();
            changed[place] ^= 1;
            if let Ok(key) = SigningKey::from_der(algorithm, changed) {
                let jwt = signer(key);
                assert!(jwt.decode(&issue(&jwt)).is_ok(), "{algorithm}: byte {place}");
            }
        }
    }
}

#[test]
fn a_private_key_with_the_public_part_of_another_is_refused() {
    let (one, other) = (der(&file("es256.pem")), der(&file("es256.other.pem")));
    // The public key is at the end.
    let mixed = [&one[..one.len() - 64], &other[other.len() - 64..]].concat();
    let key = SigningKey::from_der(Algorithm::ES256, mixed);
    assert_told(key, &segment(one), "parts do not belong together", "a valid private key");
}

#[test]
fn debug_of_a_key_shows_its_algorithm_alone() {
    for algorithm in PAIRS {
        let shown = format!("{:?} {:#?}", signing(algorithm), signing(algorithm));
        assert!(shown.contains(algorithm.as_str()) && shown.len() < 120, "{shown}");
        let shown = format!("{:?} {:#?}", verifying(algorithm), verifying(algorithm));
        assert!(shown.contains(algorithm.as_str()) && shown.len() < 120, "{shown}");
    }
}
