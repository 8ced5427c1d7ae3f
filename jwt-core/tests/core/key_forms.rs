//! Bugs found by trying keys in every form. Each accepted key is published in a form that others can read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jwt_core::keys::{Algorithm, KeySet, SigningKey, VerifyingKey};
use jwt_core::{Config, ConfigError, JwtManager};
use serde_json::{Value, json};

const ES256: &str = include_str!("../keys/es256.pem");
const RS256: &str = include_str!("../keys/rs256.pem");

fn keys(set: &KeySet) -> Value {
    serde_json::to_value(set.jwks()).unwrap()["keys"].clone()
}

#[test]
fn a_compressed_point_is_refused_and_not_published_without_y() {
    // The public key in es256.pem in the two other forms of SEC 1: compressed and hybrid.
    let whole = VerifyingKey::from_pem(Algorithm::ES256, include_str!("../keys/es256.pub.pem")).unwrap();
    let jwk = keys(&KeySet::single(whole))[0].clone();
    let coordinate = |name: &str| {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap()
    };
    let (x, y) = (coordinate("x"), coordinate("y"));
    let parity = y[31] & 1;
    let spki = |head: &str, point: &[u8]| [STANDARD.decode(head).unwrap(), point.to_vec()].concat();
    let uncompressed = spki("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgA=", &[&[4], &*x, &*y].concat());
    assert!(VerifyingKey::from_der(Algorithm::ES256, uncompressed).is_ok());
    let compressed = spki("MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgA=", &[&[2 | parity], &*x].concat());
    let error = VerifyingKey::from_der(Algorithm::ES256, compressed).unwrap_err();
    assert!(matches!(&error, ConfigError::Key { found, .. } if found.contains("compressed")), "{error}");
    let hybrid = spki("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgA=", &[&[6 | parity], &*x, &*y].concat());
    assert!(VerifyingKey::from_der(Algorithm::ES256, hybrid).is_err());
}

#[test]
fn one_key_for_several_algorithms_is_published_in_a_form_that_is_read_back() {
    let key = SigningKey::from_pem(Algorithm::RS256, RS256).unwrap();
    let config = Config::default().decode_algorithms([Algorithm::PS256, Algorithm::RS512]);
    let manager = JwtManager::builder(config).key_pair(key).build().unwrap();
    assert_eq!(manager.jwks().len(), 3);
    let set = KeySet::from_jwks(serde_json::to_string(&manager.jwks()).unwrap()).unwrap();
    assert_eq!(set.jwks().len(), 3);

    // The same is true for a JWK without `alg`, which becomes a key for each algorithm of its kind.
    let [mut jwk, ..] = serde_json::from_value::<[Value; 3]>(keys(&set)).unwrap();
    jwk.as_object_mut().unwrap().remove("alg");
    let open = KeySet::from_jwks(jwk.to_string()).unwrap();
    assert_eq!(open.jwks().len(), 6);
    assert_eq!(KeySet::from_jwks(json!({ "keys": keys(&open) }).to_string()).unwrap().jwks().len(), 6);
}

#[test]
fn an_id_of_two_keys_is_refused_unless_an_issuer_chose_it() {
    let of = |algorithm, pem: &str| {
        SigningKey::from_pem(algorithm, pem).unwrap().with_id("one").verifying_key().clone()
    };
    let (rs, es) = (of(Algorithm::RS256, RS256), of(Algorithm::ES256, ES256));
    let ps = of(Algorithm::PS256, RS256);
    assert!(KeySet::new([rs.clone(), ps.clone(), es.clone()]).is_ok());
    for twice in [[&rs, &rs], [&es, &es]] {
        let error = KeySet::new(twice.map(Clone::clone)).unwrap_err();
        assert!(error.to_string().contains("two keys with the same id"));
    }
    let public = |key: &VerifyingKey| keys(&KeySet::new([key.clone()]).unwrap())[0].clone();
    let read = |keys: &[&VerifyingKey]| {
        let keys: Vec<_> = keys.iter().map(|key| public(key)).collect();
        KeySet::from_jwks(json!({ "keys": keys }).to_string()).unwrap().jwks().len()
    };
    assert_eq!(read(&[&rs, &ps]), 2);
    assert_eq!(read(&[&rs, &es]), 2);
    assert_eq!(read(&[&rs, &rs]), 1);
    assert_eq!(read(&[&es, &rs, &es, &ps, &rs]), 3);
}

#[test]
fn an_ed25519_key_of_small_order_is_refused_because_anybody_can_forge_for_it() {
    let hex = |text: &str| -> [u8; 32] {
        std::array::from_fn(|index| u8::from_str_radix(&text[2 * index..2 * index + 2], 16).unwrap())
    };
    let end = |first: u8| {
        let mut key = [0xff; 32];
        (key[0], key[31]) = (first, 0x7f);
        key
    };
    let start = |first: u8| {
        let mut key = [0; 32];
        key[0] = first;
        key
    };
    // All encodings of the eight points in the torsion subgroup, by y (RFC 8032, 5.1.2).
    let of_small_order = [
        start(0),
        start(1),
        end(0xec),
        end(0xed),
        end(0xee),
        hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    ];
    for mut key in of_small_order {
        for sign in [0, 0x80] {
            key[31] |= sign;
            let x = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(key);
            let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x }).to_string();
            let error = VerifyingKey::from_jwk(Algorithm::EdDSA, jwk).unwrap_err();
            assert!(error.to_string().contains("forge"), "{key:?}: {error}");
        }
    }
}

#[test]
fn a_long_rsa_exponent_is_refused_because_every_check_would_cost_as_much_as_a_signature() {
    let key = SigningKey::from_pem(Algorithm::RS256, RS256).unwrap();
    let n = keys(&KeySet::single(key.verifying_key().clone()))[0]["n"].clone();
    let read = |e: &[u8]| {
        let e = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(e);
        VerifyingKey::from_jwk(Algorithm::RS256, json!({ "kty": "RSA", "n": n, "e": e }).to_string())
    };
    for e in [[3].as_slice(), &[1, 0, 1], &[1, 0xff, 0xff, 0xff, 0xff]] {
        assert!(read(e).is_ok(), "{e:?}");
    }
    for e in [[2, 0, 0, 0, 1].as_slice(), &[0xff; 255]] {
        assert!(read(e).unwrap_err().to_string().contains("exponent"), "{e:?}");
    }
}
