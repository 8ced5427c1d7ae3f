//! Scopes of utoipa-actix-web: what they serve is what they document.

use actix_web::{App, HttpResponse, delete, get, test, web};
use jwt_actix::AccessToken;
use jwt_core::{Config, Location, Policy};
use jwt_test::OpenApiTest;
use jwt_utoipa::SecuritySchemes;
use jwt_utoipa::actix::guarded;
use serde_json::{Value, json};
use utoipa::Modify as _;
use utoipa_actix_web::{AppExt as _, scope};

use crate::support::{documented, errors, manager, panics};

#[utoipa::path(get, path = "/orders/{id}", params(("id" = u64, Path)), responses((status = 200, description = "The order", body = str)))]
#[get("/orders/{id}")]
async fn order(AccessToken(token): AccessToken) -> String {
    token.identity().to_owned()
}

#[utoipa::path(delete, path = "/orders/{id}", params(("id" = u64, Path)), responses((status = 200, description = "The order is canceled", body = str)))]
#[delete("/orders/{id}")]
async fn cancel() -> &'static str {
    "cancelled"
}

#[utoipa::path(get, path = "/report", responses((status = 200, description = "The report", body = str)))]
#[get("/report")]
async fn report() -> &'static str {
    "a report"
}

#[utoipa::path(get, path = "/health", responses((status = 200, description = "The service is up", body = str)))]
#[get("/health")]
async fn health() -> &'static str {
    "ok"
}

#[actix_web::test]
async fn what_is_guarded_is_documented() {
    let jwt = manager(Config::default().token_location([Location::Header, Location::Cookie]));
    let admin = guarded(scope("/admin").service(report), &jwt, Policy::access().scopes(&["admin"]));
    let staff = guarded(scope("/staff").service(admin), &jwt, Policy::access().scopes(&["staff"]));
    let shop = scope("/shop").service(order).service(cancel);
    let (app, mut api) = App::new()
        .into_utoipa_app()
        .app_data(web::Data::new(jwt.clone()))
        .service(health)
        .service(guarded(shop, &jwt, Policy::access().scopes(&["orders"])))
        .service(staff)
        .split_for_parts();
    SecuritySchemes::new(&jwt).modify(&mut api);
    let document = serde_json::to_value(&api).unwrap();
    let app = app.route("/openapi.json", {
        let document = document.clone();
        web::get().to(move || std::future::ready(HttpResponse::Ok().json(&document)))
    });
    OpenApiTest::new(&jwt, "/openapi.json").assert_actix(&test::init_service(app).await).await;

    let paths = &document["paths"];
    let scopes = |of: &Value| of["security"][0]["bearer"].clone();
    assert_eq!(scopes(&paths["/shop/orders/{id}"]["get"]), json!(["orders"]));
    assert_eq!(paths["/shop/orders/{id}"]["delete"]["security"][1]["csrf.x-csrf-token"], json!([]));
    assert_eq!(scopes(&paths["/staff/admin/report"]["get"]), json!(["staff", "admin"]));
    assert_eq!(paths["/health"]["get"]["security"], Value::Null);
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    assert!(schemes.keys().eq(["bearer", "cookie.access_token_cookie", "csrf.x-csrf-token"]));

    // The same as in every other document.
    let operation = &paths["/shop/orders/{id}"]["get"];
    let other = documented(&jwt, &[Policy::access().scopes(&["orders"])]);
    let other = crate::support::get(&other);
    assert_eq!(errors(operation, "401"), ["unauthorized", "expired_token"]);
    assert_eq!(operation["security"], other["security"]);
    for status in ["400", "401", "403", "422"] {
        assert_eq!(operation["responses"][status], other["responses"][status]);
    }
}

#[actix_web::test]
async fn the_test_finds_schemes_without_a_definition() {
    let jwt = manager(Config::default());
    let (app, api) = App::new()
        .into_utoipa_app()
        .app_data(web::Data::new(jwt.clone()))
        .service(guarded(scope("/shop").service(order), &jwt, Policy::access()))
        .split_for_parts();
    let app =
        app.route("/openapi.json", web::get().to(move || std::future::ready(HttpResponse::Ok().json(&api))));
    let app = test::init_service(app).await;
    let message = panics(OpenApiTest::new(&jwt, "/openapi.json").assert_actix(&app)).await.unwrap();
    let expected =
        "GET /shop/orders/{id}: the security scheme \"bearer\" is not in components.securitySchemes";
    assert!(message.contains(expected), "{message}");
}
