use jwt_core::session::MemorySessions;
use jwt_core::{Config, JwtManager, Location, Policy};
use utoipa::OpenApi;

#[utoipa::path(get, path = "/orders", responses((status = 200)))]
async fn orders() {}
#[utoipa::path(post, path = "/orders", responses((status = 200)))]
async fn add() {}

#[derive(OpenApi)]
#[openapi(paths(orders, add))]
struct Api;

#[test]
fn print() {
    let secret = jwt_core::keys::Secret::generate().unwrap();
    let config = Config::default().token_location([Location::Header, Location::Cookie]);
    let jwt =
        JwtManager::builder(config).secret(&secret).session_store(MemorySessions::new()).build().unwrap();
    let mut api = Api::openapi();
    jwt_utoipa::document(&mut api, &jwt, &Policy::access().scopes(&["a"]));
    println!("{}", api.to_pretty_json().unwrap());
}
