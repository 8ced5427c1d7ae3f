//! Secrets that attackers try first, and values that are not secrets.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jwt_core::keys::{Algorithm, Secret, SigningKey, VerifyingKey};
use jwt_core::{Config, ConfigError, JwtManager};

use crate::building::assert_told;
use crate::support::SECRET;
use crate::support_keys::{KINDS, der, file, issue, private_jwk, public_jwk, told};

/// Secrets from tutorials and defaults, exactly as they appear there.
const WELL_KNOWN: [&str; 34] = [
    "0123456789",
    "0123456789abcdef",
    "1234567890",
    "123456",
    "12345678",
    "abcdefghijklmnopqrstuvwxyz",
    "a secret key",
    "a-string-secret-at-least-256-bits-long",
    "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
    "changeit",
    "change-me",
    "change this!",
    "default",
    "dev",
    "jwt_secret",
    "JWT_SECRET_KEY",
    "key",
    "my-secret",
    "mySecretKey",
    "my super secret",
    "not-secret",
    "password",
    "qwertyuiopasdfghjklzxcvbnm123456",
    "secret",
    "secret-key",
    "super-secret",
    "super_secret_key",
    "test",
    "this is a secret",
    "top secret",
    "your_secret",
    "your-secret-key",
    "your-256-bit-secret",
    "your-512-bit-secret",
];

fn build(config: Config, secret: impl Into<Secret>) -> Result<JwtManager, ConfigError> {
    JwtManager::builder(config).secret(secret).build()
}

fn assert_weak(secret: impl Into<Secret> + Clone + std::fmt::Debug) {
    let error = build(Config::default(), secret.clone()).expect_err("it was built");
    assert_eq!(error, ConfigError::WellKnownSecret, "{secret:?}");
    let jwt = build(Config::default().insecure_short_secret(), secret).unwrap();
    assert!(jwt.decode(&issue(&jwt)).is_ok());
}

#[test]
fn a_well_known_secret_is_refused_in_every_spelling() {
    for known in WELL_KNOWN {
        for secret in [
            known.to_owned(),
            known.to_uppercase(),
            format!("{known}!"),
            format!("\"{known}\""),
            format!("  {known}  "),
            format!("<{}>", known.replace([' ', '-', '_'], ".")),
            format!("{known}\n"),
            format!("{known}\r\n"),
        ] {
            assert_weak(&*secret);
        }
    }
}

#[test]
fn a_well_known_secret_is_not_made_better_by_repeating_it() {
    for known in WELL_KNOWN {
        for unit in [known.to_owned(), format!("{known}-"), format!("{known}\n"), known.to_uppercase()] {
            let long = unit.repeat(100);
            assert_weak(&*long);
            assert_weak(long.as_bytes()[..unit.len() * 3 + 1].to_vec());
            assert_weak(long.as_bytes()[..64.max(unit.len())].to_vec());
        }
    }
}

#[test]
fn one_repeated_byte_is_not_a_secret() {
    for byte in [0, 7, b'a', b'=', b' ', 0xff] {
        for length in [3, 32, 64, 100] {
            assert_weak(vec![byte; length]);
        }
    }
    for unit in ["ab", "qwe", "pass", "!QAZ2wsx"] {
        for length in [24, 32, 67] {
            assert_weak(unit.repeat(length).get(..length).unwrap().to_owned());
        }
    }
}

#[test]
fn secrets_from_tutorials_and_defaults_are_rejected_at_any_length() {
    for secret in [
        "super-secret-jwt-token-with-at-least-32-characters-long",
        "your-super-secret-jwt-key-change-this-in-production",
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
        "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970",
        "5367566B59703373367639792F423F4528482B4D6251655468576D5A71347437",
        "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
    ] {
        assert_weak(secret);
    }
}

#[test]
fn a_well_known_secret_is_refused_in_every_encoding() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let fastapi = "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7";
    let digits = fastapi.as_bytes().as_chunks::<2>().0;
    let bytes: Vec<u8> = digits
        .iter()
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    assert_weak(bytes.clone());
    assert_weak(STANDARD.encode(&bytes));
    assert_weak(format!("0x{fastapi}"));
    for secret in [
        "123e4567-e89b-12d3-a456-426614174000",
        "550e8400-e29b-41d4-a716-446655440000",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "deadbeefcafebabedeadbeefcafebabe",
    ] {
        assert_weak(secret);
    }
    let placeholder = "replace-this-with-a-long-random-secret";
    let hex: String = placeholder.bytes().map(|byte| format!("{byte:02x}")).collect();
    for secret in [
        format!("{placeholder}\u{feff}"),
        format!("\u{feff}{placeholder}"),
        format!("{placeholder}\0"),
        placeholder.replace('-', "\u{a0}"),
        format!("\u{201c}{placeholder}\u{201d}"),
        placeholder.replace("this", "th\u{ec}s"),
        STANDARD.encode(format!("{placeholder}\n")),
        format!("base64:{}", STANDARD.encode(placeholder)),
        STANDARD.encode(STANDARD.encode(placeholder)),
        format!("{hex}0a"),
        "process.env.JWT_SECRET || 'undefined'".to_owned(),
    ] {
        assert_weak(&*secret);
    }
}

/// Placeholders from documentation, generators of projects, and examples, and others of their kind.
const PLACEHOLDERS: [&str; 44] = [
    "your-super-secret-and-long-key-here!!",
    "replace-this-with-a-long-random-secret",
    "replace_this_with_a_long_random_secret_of_at_least_32_bytes",
    "change me before you go to production, please",
    "CHANGE_ME_IN_PRODUCTION_CHANGE_ME_IN_PRODUCTION",
    "super-secret-key-that-should-be-changed",
    "this-is-a-very-secret-key-do-not-share-it",
    "<generate a random secret with openssl rand -hex 32>",
    "my-very-long-and-very-secure-jwt-signing-key",
    "a-secret-that-is-long-enough-for-every-hash-of-the-family-0123456789abcdef",
    "a-test-secret-long-enough-for-every-hmac-algorithm-up-to-HS512-0123456789",
    "another-secret-long-enough-for-every-hmac-algorithm-up-to-HS512-9876543210",
    "first-key-that-is-long-enough-for-every-hash-0123456789abcdef-0123456789",
    "a secret of the tests that is long enough for every hash",
    "acme-corporation-super-secret-jwt-key-for-production",
    "mySuperSecretKeyForJwtTokensInProduction",
    "MySuperSecretKeyThatIsAtLeast256BitsLong12345",
    "sup3r-s3cr3t-k3y-th4t-n0b0dy-kn0ws-12345",
    "p@$$w0rd-p@$$w0rd-secret-password-2024",
    "secretsecretsecretsecretsecretkeykeykey",
    "SECRET_KEY_PLACEHOLDER_REPLACE_ME_123456",
    "this is not a secret, it is an example for the documentation",
    "your_jwt_secret_key_here_min_32_characters_long",
    "example-secret-example-secret-example-secret!",
    "please-set-the-JWT_SECRET_KEY-environment-variable",
    "test-secret-key-for-development-only-not-for-production",
    "insert-your-own-random-string-of-32-or-more-characters-here",
    "the-secret-of-my-app-which-must-be-longer-than-32-bytes",
    "hello world hello world hello world hello world",
    "jwt-secret-dev-only-000000000000000000000000",
    "keep it secret, keep it safe: this is the signing key",
    "MDYxN2FiMTAtZmU0ZS00Y2UzLWI4Nzkt",
    "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
    // Base64 and hexadecimal of `your-super-secret-and-long-key-here!!`.
    "eW91ci1zdXBlci1zZWNyZXQtYW5kLWxvbmcta2V5LWhlcmUhIQ==",
    "796f75722d73757065722d7365637265742d616e642d6c6f6e672d6b65792d686572652121",
    // Walks.
    "0123456789abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnmqwertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "zxcvbnm,./;'[]-=zxcvbnm,./;'[]-=asdf",
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "9876543210987654321098765432109876543210",
    "asdfghjkl;asdfghjkl;lkjhgfdsalkjhgfdsa",
    // Few characters.
    "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbcccccccccccccccc",
    "aabbaababbabaabbababaabbabababaabbababaab",
];

#[test]
fn a_placeholder_is_not_a_secret() {
    for text in PLACEHOLDERS {
        for secret in [text.to_owned(), format!(" {text}\n"), format!("\"{text}\"")] {
            assert!(build(Config::default(), &*secret).is_err(), "{secret}");
            assert_weak(&*secret);
            let permitted = Config::default().insecure_placeholder_secret();
            assert!(build(permitted, &*secret).is_ok(), "{secret}");
            let error = VerifyingKey::from_secret(Algorithm::HS256, &*secret).unwrap_err();
            assert_eq!(error, ConfigError::WellKnownSecret, "{secret}");
            let permitted = Secret::from(&*secret).insecure_placeholder_secret();
            assert!(SigningKey::from_secret(Algorithm::HS256, permitted).is_ok(), "{secret}");
        }
    }
    // The other checks still apply.
    let short = build(Config::default().insecure_placeholder_secret(), "change me").unwrap_err();
    assert!(matches!(short, ConfigError::ShortSecret { .. }), "{short}");
    let key = build(Config::default().insecure_placeholder_secret(), &*file("rs256.pub.pem"));
    assert!(matches!(key.unwrap_err(), ConfigError::Key { .. }));
}

#[test]
fn what_the_error_says_is_what_to_do() {
    let error = build(Config::default(), "secret".repeat(9)).unwrap_err();
    assert_told(&error, "secret");
    for part in ["openssl rand -base64 48", "insecure_placeholder_secret()", "insecure_short_secret()"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    let error = build(Config::default(), &*file("rs256.pub.pem")).unwrap_err();
    for part in ["key_pair()", "public_key()"] {
        assert!(error.to_string().contains(part), "{error}");
    }
}

/// Checks that even `insecure_short_secret` does not allow this secret.
fn assert_no_secret(secret: impl Into<Secret>, found: &str) {
    let secret = secret.into();
    for config in [
        Config::default(),
        Config::default().insecure_short_secret(),
        Config::flask_compatible().insecure_short_secret(),
    ] {
        let told = told(build(config, secret.clone()));
        assert!(told.0.contains(found), "{told:?}, not {found}");
    }
}

const PEMS: [&str; 16] = [
    "certificate.pem",
    "dsa.pem",
    "ed25519.pem",
    "ed25519.pub.pem",
    "ed448.pub.pem",
    "es256.pem",
    "es256.pub.pem",
    "es256.sec1.pem",
    "es256k.pub.pem",
    "es384.pub.pem",
    "rs256.pem",
    "rs256.pkcs1.pem",
    "rs256.pkcs1.pub.pem",
    "rs256.pub.pem",
    "rsapss.pem",
    "x25519.pub.pem",
];

#[test]
fn a_key_in_pem_is_not_a_secret() {
    for name in PEMS.into_iter().chain(["encrypted.pem", "openssh.pem", "es256.params.pem"]) {
        let pem = file(name);
        for text in [
            pem.clone(),
            pem.trim().to_owned(),
            pem.replace('\n', "\r\n"),
            pem.replace('\n', "\\n"),
            format!("\u{feff}\n{pem}"),
            format!("the key:\n{pem}and more"),
        ] {
            assert_no_secret(&*text, "in PEM");
        }
    }
}

#[test]
fn a_key_in_der_or_its_base64_is_not_a_secret() {
    for name in PEMS {
        let der = der(&file(name));
        let wrapped = file(name).lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\n");
        assert_no_secret(&*wrapped, "in DER");
        assert_no_secret(&*STANDARD.encode(&der), "in DER");
        assert_no_secret(STANDARD.encode(&der).trim_end_matches('='), "in DER");
        assert_no_secret(&*URL_SAFE_NO_PAD.encode(&der), "in DER");
        assert_no_secret(&*STANDARD.encode(file(name)), "in PEM");
        assert_no_secret(der, "in DER");
    }
}

#[test]
fn an_ssh_key_is_not_a_secret() {
    assert_no_secret("---- BEGIN SSH2 PUBLIC KEY ----\nAAAAC3NzaC1lZDI1NTE5AAAAIA==\n", "SSH");
    let key = file("openssh.pub");
    assert_no_secret(&*key, "an SSH key");
    assert_no_secret(&*format!("  {}", key.trim()), "an SSH key");
    for kind in ["ssh-rsa", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256"] {
        assert_no_secret(
            &*format!("{kind} AAAAC3NzaC1lZDI1NTE5AAAAIFAyxb4yFu7tvBffhKkigTiqWsB x"),
            "an SSH key",
        );
    }
}

#[test]
fn public_keys_in_other_forms_are_not_secrets() {
    use base64::engine::general_purpose::URL_SAFE;
    let der = der(&file("es256.pub.pem"));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_no_secret(&*hex(&der), "in DER");
    assert_no_secret(&*hex(&der).to_uppercase(), "in DER");
    assert_no_secret([&*der, b"\n"].concat(), "in DER");
    for name in ["es256.pub.pem", "es384.pub.pem"] {
        let der = self::der(&file(name));
        let point = der[der.len() - if name.starts_with("es256") { 65 } else { 97 }..].to_vec();
        assert_no_secret(&*hex(&point), "point");
        assert_no_secret(point, "point");
    }
    let jwk = public_jwk(Algorithm::ES256).to_string();
    assert_no_secret(&*URL_SAFE.encode(&jwk), "JWK");
    assert_no_secret(format!("[{jwk}]"), "JWK");
    assert_no_secret(jwk.replacen('{', "{\"kty\":\"EC\",", 1), "JWK");
    let ssh = file("openssh.pub");
    assert_no_secret(format!("no-pty {ssh}"), "SSH");
    assert_no_secret(format!("host.example {ssh}"), "SSH");
    assert_no_secret(ssh.split(' ').nth(1).unwrap(), "SSH");
}

#[test]
fn a_key_in_another_encoding_is_not_a_secret() {
    let hex = |bytes: &[u8], separator: &str| {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(separator)
    };
    for name in
        ["rs256.pub.pem", "es256.pub.pem", "es384.pub.pem", "ed25519.pub.pem", "rs256.pem", "certificate.pem"]
    {
        let (pem, der) = (file(name), der(&file(name)));
        let (base64, body) = (STANDARD.encode(&der), pem.lines().filter(|line| !line.starts_with('-')));
        let body = body.collect::<Vec<_>>();
        for text in [
            hex(&der, ":"),
            hex(&der, ":").to_uppercase(),
            hex(&der, " "),
            format!("0x{}", hex(&der, "")),
            format!("{{0x{}}}", hex(&der, ", 0x")),
            format!("\\x{}", hex(&der, "\\x")),
            format!("\"{base64}\""),
            format!("'{base64}'\n"),
            format!("`{base64}`"),
            STANDARD.encode(&base64),
            URL_SAFE_NO_PAD.encode(STANDARD.encode(&base64)),
            STANDARD.encode(hex(&der, "")),
            STANDARD.encode(&pem),
            STANDARD.encode(STANDARD.encode(&pem)),
            hex(pem.as_bytes(), ""),
            body.join("\\n"),
            body.join("\\r\\n") + "\\n",
            format!("\"{}\\n\"", body.join("\\n")),
            body.join("%0A"),
            format!("data:application/octet-stream;base64,{base64}"),
            pem.replace(' ', "%20").replace('\n', "%0A"),
            pem.replace('\n', "\\\\n"),
        ] {
            let permissive = Config::default().insecure_short_secret();
            assert!(build(permissive, &*text).is_err(), "{name}: {text}");
            assert_no_secret(&*text, "in ");
        }
    }
    for text in [
        "<RSAKeyValue><Modulus>21wEnTU+mcD2w0Lfo1Gv4rtcSWsQJQTNa6gio05AOkV/</Modulus></RSAKeyValue>",
        "<?xml version=\"1.0\"?>\n<KeyValue><Exponent>AQAB</Exponent></KeyValue><!-- of the signer -->",
        "<ds:X509Certificate>MIICmzCCAYMCBgGH</ds:X509Certificate>, the certificate of the issuer",
    ] {
        assert_no_secret(text, "in XML");
        assert_no_secret(&*STANDARD.encode(text), "in XML");
    }
    let jwk = public_jwk(Algorithm::ES256).to_string();
    assert_no_secret(serde_json::to_string(&jwk).unwrap(), "JWK");
}

#[test]
fn a_compressed_point_is_not_a_secret() {
    for (name, size) in [("es256.pub.pem", 32), ("es384.pub.pem", 48)] {
        let der = der(&file(name));
        let (x, y) = der[der.len() - 2 * size..].split_at(size);
        let point = [&[2 + (y[size - 1] & 1)], x].concat();
        let hex: String = point.iter().map(|byte| format!("{byte:02X}")).collect();
        assert_no_secret(&*hex, "point");
        assert_no_secret(&*STANDARD.encode(&point), "point");
        assert_no_secret(&*URL_SAFE_NO_PAD.encode(&point), "point");
        assert_no_secret(point, "point");
    }
}

#[test]
fn a_jwk_is_not_a_secret() {
    for algorithm in KINDS {
        for jwk in [public_jwk(algorithm), private_jwk(algorithm)] {
            for text in [
                jwk.to_string(),
                format!("\n {jwk:#}\n"),
                format!("\u{feff}{jwk}"),
                serde_json::json!({"keys": [jwk]}).to_string(),
            ] {
                assert_no_secret(&*text, "a JWK");
            }
        }
    }
    assert_no_secret(r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"}"#, "a JWK");
}

#[test]
fn an_empty_secret_is_not_a_key() {
    let config = Config::default().insecure_short_secret();
    assert_eq!(build(config, "").unwrap_err(), ConfigError::MissingKey);
}

/// Returns bytes without a pattern, the same in every run (Marsaglia's xorshift64).
fn random_bytes(seed: u64) -> impl Iterator<Item = u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[3]
    })
}

#[test]
fn good_secrets_of_every_shape_are_accepted() {
    // A build without optimizations takes too long for all of them.
    let rounds = if cfg!(debug_assertions) { 500 } else { 100_000 };
    let mut refused_passphrases = 0;
    for seed in 1..=rounds {
        let bytes: Vec<u8> = random_bytes(seed).skip(16).take(64).collect();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let printable: Vec<u8> = bytes.iter().map(|byte| b' ' + byte % 95).collect();
        let digits: Vec<u8> = bytes.iter().map(|byte| b'0' + byte % 10).collect();
        let uuid = |at: usize| {
            let part = |from: usize, to: usize| &hex[2 * (at + from)..2 * (at + to)];
            format!("{}-{}-{}-{}-{}", part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 16))
        };
        // Eight words of a list that has ordinary ones, too, and six longer ones.
        let words: Vec<_> =
            bytes.iter().map(|byte| PASSPHRASE[usize::from(*byte) % PASSPHRASE.len()]).collect();
        let letters: String = bytes[..40].iter().map(|byte| char::from(b'a' + byte % 26)).collect();
        for (secret, shape) in [
            (Secret::from(uuid(0)), "a UUID"),
            (Secret::from(format!("{}{}", uuid(16), uuid(32))), "two UUIDs"),
            (Secret::from(words[..8].join("-")), "a passphrase"),
            (Secret::from(words[..10].join(" ")), "a long passphrase"),
            (Secret::from(letters), "letters"),
            (Secret::from(&*hex.to_uppercase()), "upper case"),
            (Secret::from(STANDARD.encode(&bytes[..48])), "the base64 of the advice"),
            (Secret::from(&bytes[..32]), "bytes"),
            (Secret::from(&*hex), "hex"),
            (Secret::from(STANDARD.encode(&bytes)), "base64"),
            (Secret::from(URL_SAFE_NO_PAD.encode(&bytes[..32])), "base64url"),
            (Secret::from(printable), "text"),
            (Secret::from(digits), "digits"),
        ] {
            match build(Config::default(), secret) {
                Ok(_) => {}
                // Half of its words are those of placeholders, by chance.
                Err(ConfigError::WellKnownSecret) if shape.contains("passphrase") => refused_passphrases += 1,
                Err(error) => panic!("{shape} of {seed}: {error}"),
            }
        }
    }
    assert!(refused_passphrases <= rounds / 10_000, "{refused_passphrases}");
}

#[test]
fn good_secrets_may_begin_as_bad_ones() {
    for secret in [
        SECRET,
        "secret-7d1f0c5b8e9a4c3db2f6a1908e7c6d5f",
        "my-secret-is-that-i-like-battery-staples-a-lot",
        "{\"an\":\"object\",\"that\":\"is\",\"no\":\"jwk at all\"}",
        "пароль-пароль-пароль-пароль",
    ] {
        assert!(build(Config::default(), secret).is_ok(), "{secret}");
    }
    let config = Config::default().algorithm(Algorithm::HS512);
    assert!(build(config, (0..64).collect::<Vec<u8>>()).is_ok());
}

/// Words for passphrases. Some are words of placeholders as well.
static PASSPHRASE: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let words = "abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve \
        acid acoustic acquire across action actor actress actual adapt address adjust admit adult advance advice \
        aerobic affair afford afraid again agent agree ahead airport aisle alarm album alcohol alert alien almost \
        alone alpha already alter always amateur amazing among amount amused analyst anchor ancient anger angle \
        animal ankle announce annual another answer antenna antique anxiety apart apology appear apple approve april \
        arch arctic area arena argue armor army around arrange arrest arrive arrow art artefact artist artwork \
        aspect assault asset assist assume asthma athlete atom attack attend attitude attract auction audit august \
        aunt author auto autumn average avocado avoid awake aware away awesome awful awkward axis baby bachelor \
        bacon badge bag balance balcony ball bamboo banana banner bargain barrel base basic basket battle beach bean \
        beauty become beef begin behave behind believe bench benefit best betray better between beyond bicycle bind \
        biology bird birth bitter black blade blame blanket blast bleak bless blind blood blossom blouse blue blur \
        blush board boat body boil bomb bone bonus book boost border boring borrow boss bottom bounce box boy \
        bracket brain brand brass brave bread breeze brick bridge brief bright bring brisk broccoli broken bronze \
        broom brother brown brush bubble buddy budget buffalo build bulb bulk bullet bundle bunker burden burger \
        burst bus business busy butter buyer buzz cabbage cabin cable cactus cage cake camel camera secret key \
        random test change replace secret key random test change replace";
    words.split_whitespace().collect()
});
