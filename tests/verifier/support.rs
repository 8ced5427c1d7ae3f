use std::io;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use jwt_core::keys::{Backend, SigningKey, VerifyingKey};
use jwt_core::{Algorithm, Config, JwtManager, Policy, RequestInfo, RequestView};
use tracing::Dispatch;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::fmt::MakeWriter;

/// 2020-01-01T00:00:00Z, the time of every clock in these tests: long before any test runs. [`LATER`] is long after.
pub(crate) const NOW: u64 = 1_577_836_800;
/// A time in the year 2255.
pub(crate) const LATER: u64 = 9_000_000_000;
pub(crate) const SECRET: &str = "eOKD5IHU9LeMjCadWYqnElNPt5XAWZ8R2a3Hs1jX9CjnTGSigV8lS9W0Iaa0kpiXdJKmYke9";
pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "https://api.example";

macro_rules! key {
    ($name:literal) => {
        include_str!(concat!("../../jwt-core/tests/keys/", $name, ".pem"))
    };
}
pub(crate) use key;

pub(crate) const ALGORITHMS: [&str; 12] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
    "EdDSA",
];

/// A key for an algorithm, for this library and for the other one.
pub(crate) struct Keys {
    pub(crate) signing: SigningKey,
    pub(crate) theirs: jsonwebtoken::Algorithm,
    pub(crate) encoding: EncodingKey,
    pub(crate) decoding: DecodingKey,
}

/// The PEM files of an asymmetric algorithm: the private and the public key.
pub(crate) fn pem(name: &str) -> (&'static str, &'static str) {
    match name {
        "ES256" => (key!("es256"), key!("es256.pub")),
        "ES384" => (key!("es384"), key!("es384.pub")),
        "EdDSA" => (key!("ed25519"), key!("ed25519.pub")),
        _ => (key!("rs256"), key!("rs256.pub")),
    }
}

pub(crate) fn algorithm(name: &str) -> Algorithm {
    name.parse().unwrap()
}

pub(crate) fn signing_key(name: &str) -> SigningKey {
    let algorithm = algorithm(name);
    if name.starts_with("HS") {
        SigningKey::from_secret(algorithm, SECRET).unwrap()
    } else {
        SigningKey::from_pem(algorithm, pem(name).0).unwrap()
    }
}

pub(crate) fn public_key(name: &str) -> VerifyingKey {
    VerifyingKey::from_pem(algorithm(name), pem(name).1).unwrap()
}

impl Keys {
    pub(crate) fn of(name: &str) -> Self {
        let (private, public) = pem(name);
        let (private, public) = (private.as_bytes(), public.as_bytes());
        let secret = SECRET.as_bytes();
        let (encoding, decoding) = match &name[..2] {
            "HS" => (Ok(EncodingKey::from_secret(secret)), Ok(DecodingKey::from_secret(secret))),
            "ES" => (EncodingKey::from_ec_pem(private), DecodingKey::from_ec_pem(public)),
            "Ed" => (EncodingKey::from_ed_pem(private), DecodingKey::from_ed_pem(public)),
            _ => (EncodingKey::from_rsa_pem(private), DecodingKey::from_rsa_pem(public)),
        };
        Self {
            signing: signing_key(name),
            theirs: name.parse().unwrap(),
            encoding: encoding.unwrap(),
            decoding: decoding.unwrap(),
        }
    }

    /// Signs any header and payload correctly, with the other library.
    pub(crate) fn sign(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        self.sign_segments(&segment(header), &segment(payload))
    }

    pub(crate) fn sign_segments(&self, header: &str, payload: &str) -> String {
        let message = format!("{header}.{payload}");
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.encoding, self.theirs).unwrap();
        format!("{message}.{signature}")
    }

    pub(crate) fn manager(&self, config: Config, backend: Backend) -> JwtManager {
        let builder = JwtManager::builder(config).key_pair(self.signing.clone()).backend(backend);
        builder.clock(|| at(NOW)).build().unwrap()
    }
}

pub(crate) fn segment(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// Signs with an arbitrary HMAC key.
pub(crate) fn sign_with_secret(secret: &[u8], header: &str, payload: &str) -> String {
    let encoding = EncodingKey::from_secret(secret);
    Keys { encoding, ..Keys::of("HS256") }.sign(header, payload)
}

pub(crate) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Both presets, with one issuer and one audience.
pub(crate) fn configs() -> [Config; 2] {
    [Config::default(), Config::flask_compatible().required_claims(["exp"])]
        .map(|config| config.issuer(ISSUER).audience(AUDIENCE).decode_leeway(Duration::ZERO))
}

/// The payload of a valid token. Members can be replaced with other JSON text, or removed if that text is empty.
pub(crate) fn payload(changes: &[(&str, &str)]) -> String {
    let mut members = vec![
        ("iss", format!("{ISSUER:?}")),
        ("aud", format!("{AUDIENCE:?}")),
        ("sub", "\"alice\"".to_owned()),
        ("type", "\"access\"".to_owned()),
        ("jti", "\"id-1\"".to_owned()),
        ("iat", "1000000000".to_owned()),
        ("exp", LATER.to_string()),
    ];
    for (name, json) in changes {
        members.retain(|(there, _)| there != name);
        members.push((name, (*json).to_owned()));
    }
    let members = members.iter().filter(|(_, json)| !json.is_empty());
    let members: Vec<_> = members.map(|(name, json)| format!("{name:?}:{json}")).collect();
    format!("{{{}}}", members.join(","))
}

/// A request with arbitrary bytes in its `Authorization` fields.
pub(crate) struct Raw<'a>(pub(crate) &'a [&'a [u8]]);

impl RequestView for Raw<'_> {
    fn method(&self) -> &str {
        "GET"
    }

    fn path(&self) -> &str {
        "/"
    }

    fn info(&self) -> RequestInfo {
        RequestInfo::new("GET", "/", None, http::HeaderMap::new())
    }

    fn fields<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        if name == "authorization" {
            self.0.iter().for_each(|field| each(field));
        }
    }
}

/// Returns whether a request with this token is accepted, for any kind of token.
pub(crate) fn accepts(jwt: &JwtManager, token: impl AsRef<[u8]>) -> bool {
    let field = [b"Bearer ", token.as_ref()].concat();
    // Tokens of any kind are the manager's own.
    [Policy::any(), Policy::access()].iter().any(|policy| jwt.check(&Raw(&[&field]), policy).is_ok())
}

/// SplitMix64: the same numbers in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// A log, as lines of text.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// Keeps a second subscriber alive. With a single one, `tracing` decides whether an event matters by the subscriber of the
/// thread that causes it first, which can be another test's.
pub(crate) fn keep_second_subscriber() {
    static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));
    LazyLock::force(&SECOND);
}
