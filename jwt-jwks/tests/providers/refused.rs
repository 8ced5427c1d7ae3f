//! Tokens that the presets reject. The client must get a 401 for each, and not a 503.

use std::error::Error;

use jwt_core::TokenError;
use jwt_core::keys::{Algorithm, SigningKey};
use jwt_test::FakeToken;
use jwt_test::shapes::Shape;
use serde_json::{Value, json};

use crate::fake::World;
use crate::presets::all;

impl World {
    async fn refuses(&self, token: &FakeToken, what: &str) {
        match self.check(&token.sign()).await {
            Err(TokenError::Invalid(_) | TokenError::Expired(_)) => {}
            Err(error) => panic!("{what}: {error}"),
            Ok(_) => panic!("{what} was accepted"),
        }
    }

    async fn refuses_shape(&self, shape: &Shape, what: &str) {
        self.refuses(&self.fake.token().shape(shape), what).await;
    }
}

#[tokio::test]
async fn tokens_of_another_kind_or_for_someone_else() -> Result<(), Box<dyn Error>> {
    for preset in all() {
        let world = World::of(&preset).await?;
        for (what, shape) in &preset.bad {
            world.refuses_shape(shape, &format!("{}: {what}", preset.name)).await;
        }
    }
    Ok(())
}

#[tokio::test]
async fn claims_that_are_missing_or_different() -> Result<(), Box<dyn Error>> {
    for preset in all() {
        let world = World::of(&preset).await?;
        for good in &preset.good {
            let common = ["iss", "exp"];
            for name in preset.required.iter().chain(&preset.pinned).chain(&common) {
                let what = format!("{}: {} without {name}", preset.name, good.what);
                world.refuses_shape(&good.shape.clone().without(name), &what).await;
            }
            for name in preset.pinned.iter().chain(&common) {
                for value in others(&good.shape.claims()[*name]) {
                    let what = format!("{}: {} with {name} {value}", preset.name, good.what);
                    world.refuses_shape(&good.shape.clone().claim(name, value), &what).await;
                }
            }
        }
    }
    Ok(())
}

/// Values that look like this one.
fn others(value: &Value) -> Vec<Value> {
    let mut others =
        vec![json!("other"), json!(""), json!([]), json!({}), json!(null), json!(0), json!(true)];
    if let Some(text) = value.as_str() {
        let swapped: String = text
            .chars()
            .map(|letter| {
                if letter.is_uppercase() { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() }
            })
            .collect();
        others.extend(
            [format!("{text}/"), format!(" {text}"), format!("{text}.evil"), format!("{text}\0")]
                .map(Value::from),
        );
        others.extend(text.strip_suffix('/').map(Value::from));
        others
            .extend((swapped != text && text != "Bearer" && text != "bearer").then(|| Value::from(swapped)));
    }
    others
}

#[tokio::test]
async fn forged_and_expired_tokens() -> Result<(), Box<dyn Error>> {
    for preset in all() {
        let world = World::of(&preset).await?;
        let kid = world.fake.kid();
        let jwks = world.fake.jwks();
        // What a verifier could take for the secret of HS256: the public key, in two forms.
        let modulus = jwks["keys"][0]["n"].as_str().unwrap();
        let secrets = [modulus.to_owned(), json!(modulus).to_string()];
        for good in &preset.good {
            let what = |how: &str| format!("{}: {} {how}", preset.name, good.what);
            let token = || world.fake.token().shape(&good.shape);
            world.refuses_shape(&good.shape.clone().issued_at(1_700_000_000), &what("of the past")).await;
            world.refuses_shape(&good.shape.clone().issued_at(4_000_000_000), &what("of the future")).await;
            world.refuses(&token().unsigned(), &what("without a signature")).await;
            world.refuses(&token().forged(), &what("of a forged key")).await;
            world.refuses(&token().signed_by_unknown_key(), &what("of an unknown key")).await;
            for secret in &secrets {
                let secret = SigningKey::from_secret(Algorithm::HS256, secret.as_bytes().to_vec())?;
                let forged = token().signed_with(secret.with_id(kid.as_str()));
                world.refuses(&forged, &what("with HS256 and the public key")).await;
            }
        }
    }
    Ok(())
}
