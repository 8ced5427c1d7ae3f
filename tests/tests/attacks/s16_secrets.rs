//! Public keys in some encodings were accepted as secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jwt_core::keys::{Algorithm, SigningKey, VerifyingKey};
use jwt_core::{Config, ConfigError, JwtManager};

use crate::Attack;

pub(crate) const ATTACK: Attack = Attack {
    name: "S16 keys as secrets",
    tried: "public keys as secrets: compressed points, hexadecimal with separators, base64 in quotes or twice, XML",
    on: "configuration",
    run,
};

/// The same keys from an environment variable.
pub(crate) const R13: Attack = Attack {
    name: "R13",
    tried: "keys in PEM with backslash-n instead of line ends",
    on: "configuration",
    run: run_pem,
};

const KEYS: [(Algorithm, &str, &str); 3] = [
    (
        Algorithm::RS256,
        include_str!("../../../jwt-core/tests/keys/rs256.pem"),
        include_str!("../../../jwt-core/tests/keys/rs256.pub.pem"),
    ),
    (
        Algorithm::ES256,
        include_str!("../../../jwt-core/tests/keys/es256.pem"),
        include_str!("../../../jwt-core/tests/keys/es256.pub.pem"),
    ),
    (
        Algorithm::EdDSA,
        include_str!("../../../jwt-core/tests/keys/ed25519.pem"),
        include_str!("../../../jwt-core/tests/keys/ed25519.pub.pem"),
    ),
];

fn run() {
    for (_, _, pem) in KEYS {
        let body: Vec<_> = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let base64 = body.concat();
        let der = STANDARD.decode(&base64).unwrap();
        let hex = |separator: &str| {
            der.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(separator)
        };
        for form in [
            hex(":"),
            format!("0x{}", hex("")),
            format!("0x{}", hex(",0x")),
            format!("\"{base64}\""),
            format!("'{base64}'"),
            STANDARD.encode(&base64),
            STANDARD.encode(STANDARD.encode(&base64)),
            body.join("\\n"),
            pem.replace('\n', "\\n"),
        ] {
            assert_no_secret(&form);
        }
        if let Some([4, point @ ..]) = der.get(der.len().saturating_sub(65)..) {
            let compressed = [&[2 + (point[63] & 1)], &point[..32]].concat();
            assert_no_secret(&STANDARD.encode(&compressed));
            assert_no_secret(&compressed.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        }
    }
    assert_no_secret(
        "<RSAKeyValue><Modulus>21wEnTU+mcD2w0Lfo1Gv4rtcSWsQ</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>",
    );
}

fn assert_no_secret(form: &str) {
    crate::count_try();
    // Whatever is permitted otherwise.
    let config = Config::default().insecure_short_secret().insecure_placeholder_secret();
    let built = JwtManager::builder(config).secret(form).build();
    assert!(matches!(built, Err(ConfigError::Key { .. })), "{form}");
}

fn run_pem() {
    for (algorithm, private, public) in KEYS {
        for end in ["\\n", "\\r\\n", "\\\n", ""] {
            crate::count_try();
            let (private, public) = (private.replace('\n', end), public.replace('\n', end));
            if end == "\\\n" {
                assert!(SigningKey::from_pem(algorithm, private).is_err());
                continue;
            }
            let signing = SigningKey::from_pem(algorithm, private).unwrap();
            let verifying = VerifyingKey::from_pem(algorithm, public).unwrap();
            assert_eq!(signing.verifying_key().thumbprint(), verifying.thumbprint());
        }
    }
}
