//! Stories of apps: codes, challenges, scopes, revocation. Names begin with the attack they ward off.

use std::time::Duration;

use graph::{Id, Page};

use super::{
    model::{Codes, TOKENS, Token, Tokens},
    *,
};
use crate::{
    accounts::{self, model::Account},
    app::Settings,
    events::Event,
    instance::model::INSTANCE,
    secret,
    sessions::{self, SignInError},
    testing::{PASSWORD, World},
};

const REDIRECT: &str = "https://app.example/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Of [`VERIFIER`], from RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A registered app with its secret.
struct Known {
    id: String,
    secret: String,
}

async fn known(world: &World) -> Known {
    let new = NewApp {
        name: "Sociable".to_owned(),
        redirect_uris: vec![REDIRECT.to_owned(), "http://127.0.0.1/cb".to_owned()],
        scopes: Some("read write:statuses".to_owned()),
        ..NewApp::default()
    };
    let (client, secret) = register(&world.app, new).await.unwrap();
    Known { id: client.client_id.clone(), secret }
}

fn ask(client: &Known) -> AuthorizeRequest {
    AuthorizeRequest {
        response_type: "code".to_owned(),
        client_id: client.id.clone(),
        redirect_uri: REDIRECT.to_owned(),
        scope: Some("read".to_owned()),
        code_challenge: Some(CHALLENGE.to_owned()),
        code_challenge_method: Some("S256".to_owned()),
    }
}

async fn code_of(world: &World, client: &Known, who: Id<Account>) -> String {
    let yes = check_request(&world.app, &ask(client)).await.unwrap();
    consent(&world.app, who, &yes).await.unwrap()
}

async fn trade(world: &World, client: &Known, code: &str) -> Result<IssuedToken, GrantError> {
    exchange(&world.app, &client.id, &client.secret, code, REDIRECT, Some(VERIFIER)).await
}

async fn is_good(world: &World, token: &str) -> bool {
    check_token(&world.app, token).await.unwrap().is_some()
}

/// Whether the outbox says that the account's access ended.
async fn access_ended(world: &World, whom: Id<Account>) -> bool {
    let (now, lease) = (world.app.now_ms(), Duration::from_secs(1));
    let events = world.app.graph.store().lease_events(1_000, now, lease).await.unwrap();
    events.iter().any(|event| {
        serde_json::from_slice::<Event>(&event.body).unwrap()
            == Event::AccessEnded { account: whom }
    })
}

#[tokio::test]
async fn a_code_becomes_a_token_of_the_person_and_the_app() {
    let world = World::new().await;
    let (mara, client) = (world.person("mara").await, known(&world).await);
    let code = code_of(&world, &client, mara).await;
    let issued = trade(&world, &client, &code).await.unwrap();
    let checked = check_token(&world.app, &issued.token).await.unwrap().unwrap();
    assert_eq!(checked.account, Some(mara));
    assert_eq!(checked.app.unwrap().client_id, client.id);
    assert!(checked.scopes.allows("read:statuses") && !checked.scopes.allows("write:statuses"));
    assert!(!is_good(&world, &issued.token[1..]).await && !is_good(&world, "").await);
}

#[tokio::test]
async fn a_20_a_revoked_token_is_dead_at_once_and_its_streams_hear_it() {
    let world = World::new().await;
    let (mara, client, other) =
        (world.person("mara").await, known(&world).await, known(&world).await);
    let code = code_of(&world, &client, mara).await;
    let token = trade(&world, &client, &code).await.unwrap().token;
    assert!(is_good(&world, &token).await);
    world.settle().await;
    let strange = revoke(&world.app, &other.id, &other.secret, &token).await;
    assert_eq!(strange, Err(GrantError::Unauthorized));
    let guessed = revoke(&world.app, &client.id, &other.secret, &token).await;
    assert_eq!(guessed, Err(GrantError::Unauthorized));
    assert!(is_good(&world, &token).await);
    assert_eq!(revoke(&world.app, &client.id, &client.secret, "unknown").await, Ok(()));
    assert_eq!(revoke(&world.app, &client.id, &client.secret, &token).await, Ok(()));
    assert!(!is_good(&world, &token).await);
    assert!(access_ended(&world, mara).await);
    assert_eq!(revoke(&world.app, &client.id, &client.secret, &token).await, Ok(()));
}

#[tokio::test]
async fn a_20_a_new_password_ends_tokens_and_codes_made_before() {
    let world = World::new().await;
    let (mara, client) = (world.person("mara").await, known(&world).await);
    let used = code_of(&world, &client, mara).await;
    let waiting = code_of(&world, &client, mara).await;
    let token = trade(&world, &client, &used).await.unwrap().token;
    accounts::set_password(&world.app, mara, "another horse battery").await.unwrap();
    assert!(!is_good(&world, &token).await);
    assert_eq!(trade(&world, &client, &waiting).await.unwrap_err(), GrantError::InvalidGrant);
    let fresh = code_of(&world, &client, mara).await;
    assert!(is_good(&world, &trade(&world, &client, &fresh).await.unwrap().token).await);
}

#[tokio::test]
async fn a_21_what_is_wrong_with_app_or_redirect_is_never_told_at_the_redirect() {
    let world = World::new().await;
    let client = known(&world).await;
    for uri in ["https://app.example/callback/", "https://app.example.evil/callback", "", "//evil"]
    {
        let request = AuthorizeRequest { redirect_uri: uri.to_owned(), ..ask(&client) };
        let error = check_request(&world.app, &request).await.unwrap_err();
        assert_eq!(error, AuthorizeError::RedirectUri, "{uri}");
        assert!(!error.may_redirect());
    }
    let request = AuthorizeRequest { client_id: "nobody".to_owned(), ..ask(&client) };
    let error = check_request(&world.app, &request).await.unwrap_err();
    assert!(error == AuthorizeError::UnknownClient && !error.may_redirect());
    let redirect_uri = "http://127.0.0.1:51004/cb".to_owned();
    let request = AuthorizeRequest { redirect_uri: redirect_uri.clone(), ..ask(&client) };
    assert_eq!(check_request(&world.app, &request).await.unwrap().redirect_uri, redirect_uri);
    let request = AuthorizeRequest { response_type: "token".to_owned(), ..ask(&client) };
    let error = check_request(&world.app, &request).await.unwrap_err();
    assert!(error == AuthorizeError::ResponseType && error.may_redirect());
}

#[tokio::test]
async fn a_22_only_s256_challenges_are_taken() {
    let world = World::new().await;
    let client = known(&world).await;
    for (challenge, method) in [
        (Some(CHALLENGE), Some("plain")),
        (Some(CHALLENGE), None),
        (Some(&CHALLENGE[1..]), Some("S256")),
        (None, Some("S256")),
    ] {
        let request = AuthorizeRequest {
            code_challenge: challenge.map(str::to_owned),
            code_challenge_method: method.map(str::to_owned),
            ..ask(&client)
        };
        let error = check_request(&world.app, &request).await.unwrap_err();
        assert_eq!(error, AuthorizeError::Challenge, "{challenge:?} {method:?}");
    }
}

#[tokio::test]
async fn a_22_a_code_with_a_challenge_needs_its_verifier() {
    let world = World::new().await;
    let (mara, client) = (world.person("mara").await, known(&world).await);
    let code = code_of(&world, &client, mara).await;
    for verifier in [None, Some(""), Some(&VERIFIER[1..]), Some(CHALLENGE)] {
        let answer =
            exchange(&world.app, &client.id, &client.secret, &code, REDIRECT, verifier).await;
        assert_eq!(answer.unwrap_err(), GrantError::InvalidGrant, "{verifier:?}");
    }
    // A failed try uses nothing up.
    assert!(trade(&world, &client, &code).await.is_ok());
}

#[tokio::test]
async fn a_22_verifiers_have_43_to_128_characters_and_need_a_challenge() {
    use sha2::{Digest, Sha256};
    let world = World::new().await;
    let (mara, client) = (world.person("mara").await, known(&world).await);
    for (length, good) in [(42, false), (43, true), (128, true), (129, false)] {
        let verifier = "v".repeat(length);
        let challenge = secret::base64url(&Sha256::digest(verifier.as_bytes()));
        let request = AuthorizeRequest { code_challenge: Some(challenge), ..ask(&client) };
        let yes = check_request(&world.app, &request).await.unwrap();
        let code = consent(&world.app, mara, &yes).await.unwrap();
        let answer =
            exchange(&world.app, &client.id, &client.secret, &code, REDIRECT, Some(&verifier));
        assert_eq!(answer.await.is_ok(), good, "{length}");
    }
    let request =
        AuthorizeRequest { code_challenge: None, code_challenge_method: None, ..ask(&client) };
    let yes = check_request(&world.app, &request).await.unwrap();
    let code = consent(&world.app, mara, &yes).await.unwrap();
    assert_eq!(trade(&world, &client, &code).await.unwrap_err(), GrantError::InvalidGrant);
    let answer = exchange(&world.app, &client.id, &client.secret, &code, REDIRECT, None).await;
    assert!(answer.is_ok());
}

#[tokio::test]
async fn a_23_a_second_use_takes_the_first_token_back() {
    let world = World::new().await;
    let (mara, client) = (world.person("mara").await, known(&world).await);
    let code = code_of(&world, &client, mara).await;
    let token = trade(&world, &client, &code).await.unwrap().token;
    assert!(is_good(&world, &token).await);
    assert_eq!(trade(&world, &client, &code).await.unwrap_err(), GrantError::InvalidGrant);
    assert!(!is_good(&world, &token).await);
}

#[tokio::test]
async fn a_23_two_uses_at_once_leave_no_token() {
    let world = World::new().await;
    let (mara, client) = (world.person("mara").await, known(&world).await);
    let code = code_of(&world, &client, mara).await;
    let (one, two) = tokio::join!(trade(&world, &client, &code), trade(&world, &client, &code));
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
    let token = one.or(two).unwrap().token;
    assert!(!is_good(&world, &token).await);
}

#[tokio::test]
async fn a_23_codes_are_of_one_app_one_redirect_and_ten_minutes() {
    let world = World::new().await;
    let (mara, client, other) =
        (world.person("mara").await, known(&world).await, known(&world).await);
    let code = code_of(&world, &client, mara).await;
    assert_eq!(trade(&world, &other, &code).await.unwrap_err(), GrantError::InvalidGrant);
    let redirect = "http://127.0.0.1/cb";
    let answer =
        exchange(&world.app, &client.id, &client.secret, &code, redirect, Some(VERIFIER)).await;
    assert_eq!(answer.unwrap_err(), GrantError::InvalidGrant);
    let answer =
        exchange(&world.app, &client.id, &other.secret, &code, REDIRECT, Some(VERIFIER)).await;
    assert_eq!(answer.unwrap_err(), GrantError::InvalidClient);
    world.advance(Duration::from_secs(600));
    assert_eq!(trade(&world, &client, &code).await.unwrap_err(), GrantError::InvalidGrant);
    let code = code_of(&world, &client, mara).await;
    world.advance(Duration::from_secs(599));
    assert!(trade(&world, &client, &code).await.is_ok());
}

#[tokio::test]
async fn a_24_nobody_gets_more_than_the_app_registered() {
    let world = World::new().await;
    let client = known(&world).await;
    for scope in ["write", "read admin:read", "push", "root"] {
        let request = AuthorizeRequest { scope: Some(scope.to_owned()), ..ask(&client) };
        let error = check_request(&world.app, &request).await.unwrap_err();
        assert!(error == AuthorizeError::Scope && error.may_redirect(), "{scope}");
        let answer = client_credentials(&world.app, &client.id, &client.secret, Some(scope)).await;
        assert_eq!(answer.unwrap_err(), GrantError::InvalidScope, "{scope}");
    }
}

#[tokio::test]
async fn a_25_a_token_of_the_app_itself_is_nobodys() {
    let world = World::new().await;
    let client = known(&world).await;
    let token = client_credentials(&world.app, &client.id, &client.secret, None).await.unwrap();
    let checked = check_token(&world.app, &token.token).await.unwrap().unwrap();
    assert_eq!(checked.account, None);
    let answer = client_credentials(&world.app, &client.id, "guess", None).await;
    assert_eq!(answer.unwrap_err(), GrantError::InvalidClient);
}

#[tokio::test]
async fn passwords_are_traded_only_where_the_operator_allows_it_and_as_at_sign_in() {
    let refused = World::new().await;
    refused.person("mara").await;
    let app = known(&refused).await;
    let (app, right) = ((app.id.as_str(), app.secret.as_str()), ("mara", PASSWORD));
    let answer = password_grant(&refused.app, app, right, None).await;
    assert_eq!(answer.unwrap_err(), GrantError::UnsupportedGrant);
    assert_eq!(refused.app.passwords.computed(), 1, "the one of her sign-up: nothing was tried");

    let world =
        World::with_settings(Settings { password_grant: true, ..Settings::default() }).await;
    let (mara, client) = (world.person("mara").await, known(&world).await);
    let app = (client.id.as_str(), client.secret.as_str());
    let ask = async |app, who, scope| password_grant(&world.app, app, who, scope).await;
    for (app, who, scope, error) in [
        ((app.0, "guess"), right, None, GrantError::InvalidClient),
        (app, right, Some("admin:read"), GrantError::InvalidScope),
        (app, ("mara", "not this one"), None, GrantError::InvalidGrant),
        (app, ("nobody", PASSWORD), None, GrantError::InvalidGrant),
    ] {
        assert_eq!(ask(app, who, scope).await.unwrap_err(), error);
    }
    let token = ask(app, ("mara@example.org", PASSWORD), None).await.unwrap().token;
    let checked = check_token(&world.app, &token).await.unwrap().unwrap();
    assert_eq!(checked.account, Some(mara));
    let devices = sessions::devices(&world.app, mara).await.unwrap();
    assert!(devices.is_empty(), "a token is no session");
    accounts::set_password(&world.app, mara, "another horse battery").await.unwrap();
    assert!(!is_good(&world, &token).await);
    assert_eq!(ask(app, right, None).await.unwrap_err(), GrantError::InvalidGrant);
    accounts::suspend(&world.app, mara).await.unwrap();
    let answer = ask(app, ("mara", "another horse battery"), None).await;
    let suspended = SignInError::Refused(accounts::Refusal::Suspended);
    assert_eq!(answer.unwrap_err(), GrantError::SignIn(suspended));
}

#[tokio::test]
async fn a_given_token_may_be_taken_back_and_given_anew() {
    let world = World::new().await;
    let mara = world.person("mara").await;
    let text = "a-token-that-the-operator-chose";
    for _ in 0..2 {
        let given = Some(text.to_owned());
        issue(&world.app, None, Some(mara), &Scopes::everything(), given).await.unwrap();
        assert!(is_good(&world, text).await);
        forget_tokens(&world.app, mara).await.unwrap();
        assert!(!is_good(&world, text).await);
    }
}

#[tokio::test]
async fn a_purge_leaves_no_token_no_name_and_no_place_in_a_list() {
    let world = World::new().await;
    let (mara, ben) = (world.person("mara").await, world.person("ben").await);
    let kept = issue(&world.app, None, Some(ben), &Scopes::default(), None).await.unwrap();
    let mut gone = Vec::new();
    for _ in 0..60 {
        let issued = issue(&world.app, None, Some(mara), &Scopes::default(), None).await;
        gone.push(issued.unwrap().token);
    }
    forget_tokens(&world.app, mara).await.unwrap();
    assert!(world.app.graph.list::<Tokens>(mara, Page::newest(1)).await.unwrap().is_empty());
    for token in gone {
        let hash = secret::hash(token.as_bytes());
        assert_eq!(world.app.graph.key::<Token>(TOKENS, &hash).await.unwrap(), None);
    }
    assert!(is_good(&world, &kept.token).await);
}

#[tokio::test]
async fn codes_are_swept_a_day_after() {
    let world = World::new().await;
    let (mara, client) = (world.person("mara").await, known(&world).await);
    let old = code_of(&world, &client, mara).await;
    world.advance(Duration::from_secs(24 * 60 * 60 + 1));
    code_of(&world, &client, mara).await;
    assert_eq!(sweep(&world.app).await.unwrap(), 1);
    assert_eq!(sweep(&world.app).await.unwrap(), 0);
    assert_eq!(world.app.graph.list::<Codes>(INSTANCE, Page::newest(9)).await.unwrap().len(), 1);
    assert_eq!(trade(&world, &client, &old).await.unwrap_err(), GrantError::InvalidGrant);
}

#[tokio::test]
async fn apps_that_are_not_in_order_are_not_registered() {
    let world = World::new().await;
    let good = || NewApp {
        name: "Sociable".to_owned(),
        redirect_uris: vec![REDIRECT.to_owned()],
        ..NewApp::default()
    };
    let (client, secret) = register(&world.app, good()).await.unwrap();
    assert_eq!(client.scopes, ["read"]);
    assert!(client.secret != secret && secret.len() == 43 && client.client_id.len() == 43);
    let nameless = NewApp { name: " ".to_owned(), ..good() };
    assert_eq!(register(&world.app, nameless).await.unwrap_err(), RegisterError::Name);
    let long = NewApp { name: "n".repeat(101), ..good() };
    assert_eq!(register(&world.app, long).await.unwrap_err(), RegisterError::Name);
    let script = NewApp { website: Some("javascript:alert(1)".to_owned()), ..good() };
    assert_eq!(register(&world.app, script).await.unwrap_err(), RegisterError::Website);
    let root = NewApp { scopes: Some("read root".to_owned()), ..good() };
    assert_eq!(register(&world.app, root).await.unwrap_err(), RegisterError::Scopes);
    for uris in [vec![], vec![REDIRECT.to_owned(); 21], vec!["data:text/html,x".to_owned()]] {
        let new = NewApp { redirect_uris: uris, ..good() };
        assert_eq!(register(&world.app, new).await.unwrap_err(), RegisterError::RedirectUri);
    }
}
