//! Stories of sessions. Names begin with the attack they ward off.

use std::{sync::Arc, time::Duration};

use graph::Page;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::{model::OpenSessions, *};
use crate::{
    accounts::{self, Refusal},
    app::{App, Secrets, SigningKey},
    apps::{self, Scopes, TokenCache},
    instance::model::INSTANCE,
    keys,
    media::{
        Uploads,
        pipeline::{Pipeline, Tools},
    },
    secret::{base64url, from_base64url},
    sessions::passwords::Passwords,
    testing::{PASSWORD, World},
};

async fn signed_in(world: &World, who: &str) -> SignedIn {
    sign_in(&world.app, who, PASSWORD, "a browser").await.unwrap()
}

async fn speaks(world: &World, token: &str) -> bool {
    check_access(&world.app, token).await.unwrap().is_some()
}

/// The claims of a good token.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&from_base64url(payload).unwrap()).unwrap()
}

fn header() -> Header {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some("story".to_owned());
    header
}

/// A token with these claims, signed with the instance's own key.
fn signed(header: &Header, claims: &Value) -> String {
    let (der, _) = keys::ed25519([7; 32]);
    jsonwebtoken::encode(header, claims, &EncodingKey::from_ed_der(&der)).unwrap()
}

/// A token with a header and claims as they are written, and the signature of another.
fn pasted(header: &str, payload: &str, signature: &str) -> String {
    format!("{}.{}.{signature}", base64url(header.as_bytes()), base64url(payload.as_bytes()))
}

#[tokio::test]
async fn a_1_to_a_3_only_our_own_key_and_algorithm_make_a_token() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let session = signed_in(&world, "ada").await;
    let good = session.access_token;
    let access = check_access(&world.app, &good).await.unwrap().unwrap();
    assert_eq!(access, Access { account: ada, session: session.session });
    let payload = claims(&good).to_string();
    assert!(speaks(&world, &signed(&header(), &claims(&good))).await, "the forge works");
    let signature = good.rsplit('.').next().unwrap();
    for alg in ["none", "None", "nOnE", "HS256", "RS256", "ES256"] {
        let header = json!({"alg": alg, "typ": "at+jwt", "kid": "story"}).to_string();
        for signature in ["", signature] {
            assert!(!speaks(&world, &pasted(&header, &payload, signature)).await, "{alg}");
        }
    }
    let (_, public) = keys::ed25519([7; 32]);
    for secret in [public.clone(), base64url(&public).into_bytes()] {
        let mut header = header();
        header.alg = Algorithm::HS256;
        let key = EncodingKey::from_secret(&secret);
        let forged = jsonwebtoken::encode(&header, &claims(&good), &key).unwrap();
        assert!(!speaks(&world, &forged).await);
    }
    for kid in ["../../dev/null", "' OR 1=1 --", "http://127.0.0.1/key", ""] {
        let mut header = header();
        header.kid = Some(kid.to_owned());
        assert!(!speaks(&world, &signed(&header, &claims(&good))).await, "{kid}");
    }
    let mut header = header();
    header.kid = None;
    assert!(!speaks(&world, &signed(&header, &claims(&good))).await);
    let (other, _) = keys::ed25519([8; 32]);
    let key = EncodingKey::from_ed_der(&other);
    for (name, value) in [("jku", "http://127.0.0.1/"), ("x5u", "http://127.0.0.1/")] {
        let mut header = self::header();
        match name {
            "jku" => header.jku = Some(value.to_owned()),
            _ => header.x5u = Some(value.to_owned()),
        }
        let forged = jsonwebtoken::encode(&header, &claims(&good), &key).unwrap();
        assert!(!speaks(&world, &forged).await, "{name}");
    }
}

#[tokio::test]
async fn a_4_a_token_holds_from_its_making_to_its_end() {
    let world = World::new().await;
    world.person("ada").await;
    let good = signed_in(&world, "ada").await.access_token;
    let with = |name: &str, value: Value| {
        let mut claims = claims(&good);
        claims[name] = value;
        signed(&header(), &claims)
    };
    let now = world.app.now_ms() / 1_000;
    let cases = [
        with("exp", json!(now - 6)),
        with("exp", json!(-1)),
        with("exp", json!("9999999999")),
        with("exp", json!(1e300)),
        with("exp", Value::Null),
        with("iat", json!(now + 60)),
        with("nbf", json!(now + 60)),
    ];
    for token in cases {
        assert!(!speaks(&world, &token).await, "{}", claims(&token));
    }
    let mut endless = claims(&good);
    endless.as_object_mut().unwrap().remove("exp");
    assert!(!speaks(&world, &signed(&header(), &endless)).await);
    world.advance(Duration::from_secs(600));
    assert!(speaks(&world, &good).await, "within the leeway");
    world.advance(Duration::from_secs(5));
    assert!(!speaks(&world, &good).await);
}

#[tokio::test]
async fn a_5_no_other_token_is_an_access_token_and_none_opens_anothers_door() {
    let world = World::new().await;
    world.person("ada").await;
    let session = signed_in(&world, "ada").await;
    let good = session.access_token;
    assert!(!speaks(&world, &session.refresh_token).await);
    assert_eq!(refresh(&world.app, &good).await.unwrap_err(), RefreshError::Ended);
    for (name, value) in [("iss", "http://elsewhere.example"), ("aud", "http://elsewhere.example")]
    {
        let mut claims = claims(&good);
        claims[name] = json!(value);
        assert!(!speaks(&world, &signed(&header(), &claims)).await, "{name}");
        claims.as_object_mut().unwrap().remove(name);
        assert!(!speaks(&world, &signed(&header(), &claims)).await, "{name}");
    }
    for typ in [Some("JWT"), Some("rt+jwt"), None] {
        let mut header = header();
        header.typ = typ.map(str::to_owned);
        assert!(!speaks(&world, &signed(&header, &claims(&good))).await, "{typ:?}");
    }
    let ben = world.person("ben").await;
    let mut claims = claims(&good);
    claims["sub"] = json!(ben);
    assert!(!speaks(&world, &signed(&header(), &claims)).await, "another's session");
}

/// The same instance after a restart with other signing keys.
fn with_keys(world: &World, seeds: &[(&str, u8)]) -> App {
    let key = |(kid, seed): &(&str, u8)| {
        let (private_der, public) = keys::ed25519([*seed; 32]);
        SigningKey { kid: (*kid).to_owned(), private_der, public }
    };
    let secrets = Secrets {
        mac: world.app.secrets.mac,
        signing: seeds.iter().map(key).collect(),
        ..world.app.secrets.clone()
    };
    App {
        graph: world.app.graph.clone(),
        mint: world.app.mint.clone(),
        clock: world.app.clock.clone(),
        chance: world.app.chance.clone(),
        engines: world.app.engines.clone(),
        settings: world.app.settings.clone(),
        access: AccessCache::new(&secrets),
        tokens: TokenCache::new(),
        errors: Default::default(),
        insight: Default::default(),
        census: Default::default(),
        chat_turns: Default::default(),
        secrets,
        pipeline: Pipeline::new(Tools::find(["/usr/bin"]), 1),
        uploads: Uploads::new(),
        passwords: Passwords::cheap(),
    }
}

#[tokio::test]
async fn a_6_a_rotated_key_still_verifies_and_a_revoked_one_does_not() {
    let world = World::new().await;
    world.person("ada").await;
    let old = signed_in(&world, "ada").await.access_token;
    let rotated = with_keys(&world, &[("newer", 8), ("story", 7)]);
    assert!(check_access(&rotated, &old).await.unwrap().is_some());
    let new = sign_in(&rotated, "ada", PASSWORD, "").await.unwrap().access_token;
    assert!(check_access(&rotated, &new).await.unwrap().is_some());
    let revoked = with_keys(&world, &[("newer", 8)]);
    assert!(check_access(&revoked, &old).await.unwrap().is_none());
    assert!(check_access(&revoked, &new).await.unwrap().is_some());
    let reused_name = with_keys(&world, &[("story", 9)]);
    assert!(check_access(&reused_name, &old).await.unwrap().is_none());
}

#[tokio::test]
async fn a_7_texts_of_any_size_and_form_are_no_tokens() {
    let world = World::new().await;
    world.person("ada").await;
    let good = signed_in(&world, "ada").await;
    let mut texts = vec![
        "a".repeat(1 << 20),
        ".".repeat(10_000),
        "..".to_owned(),
        String::new(),
        "\u{fffd}.\u{0}.é".to_owned(),
        format!("Bearer {}", good.access_token),
    ];
    for cut in [1, 20, 60, 100] {
        let token = &good.access_token;
        texts.push(token[..token.len() - cut].to_owned());
        let token = &good.refresh_token;
        texts.push(token[..token.len() - cut.min(60)].to_owned());
    }
    for text in texts {
        assert!(!speaks(&world, &text).await);
        assert_eq!(refresh(&world.app, &text).await.unwrap_err(), RefreshError::Ended);
    }
}

#[tokio::test]
async fn a_8_a_used_refresh_token_that_comes_again_ends_the_session_of_owner_and_thief() {
    let world = World::new().await;
    world.person("ada").await;
    let stolen = signed_in(&world, "ada").await;
    let other_device = signed_in(&world, "ada").await;
    let owners = refresh(&world.app, &stolen.refresh_token).await.unwrap();
    world.advance(Duration::from_secs(11));
    let thief = refresh(&world.app, &stolen.refresh_token).await;
    assert_eq!(thief.unwrap_err(), RefreshError::Ended);
    assert!(!speaks(&world, &owners.access_token).await);
    let newest = refresh(&world.app, &owners.refresh_token).await;
    assert_eq!(newest.unwrap_err(), RefreshError::Ended);
    assert!(speaks(&world, &other_device.access_token).await, "other devices go on");
    world.settle().await;
    let mails = world.mails();
    let told = mails.iter().filter(|mail| mail.subject.contains("device was signed out")).count();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn a_8_two_generations_back_is_a_theft_within_the_grace_too() {
    let world = World::new().await;
    world.person("ada").await;
    let first = signed_in(&world, "ada").await;
    let second = refresh(&world.app, &first.refresh_token).await.unwrap();
    let third = refresh(&world.app, &second.refresh_token).await.unwrap();
    let again = refresh(&world.app, &first.refresh_token).await;
    assert_eq!(again.unwrap_err(), RefreshError::Ended);
    assert!(!speaks(&world, &third.access_token).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_9_fifty_parallel_refreshes_make_one_successor() {
    let world = World::new().await;
    world.person("ada").await;
    let first = signed_in(&world, "ada").await;
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (app, token) = (Arc::clone(&world.app), first.refresh_token.clone());
        asked.spawn(async move { refresh(&app, &token).await.unwrap().refresh_token });
    }
    let mut successors = asked.join_all().await;
    successors.sort();
    successors.dedup();
    assert_eq!(successors.len(), 1);
    assert_ne!(successors[0], first.refresh_token);
    assert_eq!(devices(&world.app, first.account).await.unwrap().len(), 1);
    refresh(&world.app, &successors[0]).await.unwrap();
}

#[tokio::test]
async fn a_10_a_client_that_lost_the_answer_gets_the_same_successor() {
    let world = World::new().await;
    world.person("ada").await;
    let first = signed_in(&world, "ada").await;
    let lost = refresh(&world.app, &first.refresh_token).await.unwrap();
    world.advance(Duration::from_secs(10));
    let again = refresh(&world.app, &first.refresh_token).await.unwrap();
    assert_eq!(again.refresh_token, lost.refresh_token);
    assert!(speaks(&world, &again.access_token).await);
}

#[tokio::test]
async fn a_11_signing_out_ends_the_access_token_at_once() {
    let world = World::new().await;
    world.person("ada").await;
    let session = signed_in(&world, "ada").await;
    assert!(speaks(&world, &session.access_token).await);
    sign_out(&world.app, &session.refresh_token).await.unwrap();
    assert!(!speaks(&world, &session.access_token).await);
    sign_out(&world.app, &session.refresh_token).await.unwrap();
    let again = refresh(&world.app, &session.refresh_token).await;
    assert_eq!(again.unwrap_err(), RefreshError::Ended);
}

#[tokio::test]
async fn a_12_and_a_14_every_way_to_a_new_password_ends_what_was_signed_in_before() {
    for way in ["change", "mail", "operator"] {
        let world = World::new().await;
        let ada = world.person("ada").await;
        let session = signed_in(&world, "ada").await;
        let token = apps::issue(&world.app, None, Some(ada), &Scopes::everything(), None).await;
        let token = token.unwrap().token;
        accounts::request_reset(&world.app, "ada@example.org").await.unwrap();
        accounts::request_reset(&world.app, "ADA@example.org ").await.unwrap();
        world.settle().await;
        let links: [String; 2] = reset_links(&world).try_into().unwrap();
        let [mine, pending] = links;
        let new = "a wholly other secret";
        match way {
            "change" => {
                let wrong = accounts::change_password(&world.app, ada, "not this", new).await;
                assert_eq!(wrong, Err(accounts::RecoverError::WrongPassword));
                accounts::change_password(&world.app, ada, PASSWORD, new).await.unwrap();
            }
            "mail" => {
                accounts::reset_password(&world.app, &mine, new).await.unwrap();
            }
            _ => accounts::set_password(&world.app, ada, new).await.unwrap(),
        }
        assert!(!speaks(&world, &session.access_token).await, "{way}");
        let again = refresh(&world.app, &session.refresh_token).await;
        assert_eq!(again.unwrap_err(), RefreshError::Ended, "{way}");
        assert!(apps::check_token(&world.app, &token).await.unwrap().is_none(), "{way}");
        let pending = accounts::reset_password(&world.app, &pending, "yet another one").await;
        assert_eq!(pending, Err(accounts::RecoverError::Link), "{way}");
        let old = sign_in(&world.app, "ada", PASSWORD, "").await;
        assert_eq!(old.unwrap_err(), SignInError::Wrong, "{way}");
        sign_in(&world.app, "ada", new, "").await.unwrap();
        world.settle().await;
        let told = |mail: &engine::mail::Mail| {
            mail.subject.contains("password") && mail.text.contains("was changed")
        };
        assert_eq!(world.mails().iter().filter(|mail| told(mail)).count(), 1, "{way}");
    }
}

/// Tokens of the reset links that were mailed.
fn reset_links(world: &World) -> Vec<String> {
    let start = "/auth/reset?token=";
    let token = |text: &str| {
        let rest = &text[text.find(start)? + start.len()..];
        rest.split_whitespace().next().map(str::to_owned)
    };
    world.mails().iter().filter_map(|mail| token(&mail.text)).collect()
}

#[tokio::test]
async fn a_15_each_sign_in_is_a_session_of_its_own() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let (first, second) =
        (signed_in(&world, "ada").await, signed_in(&world, "ADA@example.org").await);
    assert_ne!(first.session, second.session);
    assert_ne!(first.refresh_token, second.refresh_token);
    assert_eq!(devices(&world.app, ada).await.unwrap().len(), 2);
    assert!(end_device(&world.app, ada, first.session).await.unwrap());
    assert!(!speaks(&world, &first.access_token).await);
    assert!(speaks(&world, &second.access_token).await);
}

#[tokio::test]
async fn z_14_devices_are_ended_by_their_owner_alone() {
    let world = World::new().await;
    world.person("ada").await;
    let ben = world.person("ben").await;
    let session = signed_in(&world, "ada").await;
    assert!(!end_device(&world.app, ben, session.session).await.unwrap());
    assert!(speaks(&world, &session.access_token).await);
}

#[tokio::test]
async fn a_19_a_suspended_account_is_signed_out_everywhere_and_stays_so() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let session = signed_in(&world, "ada").await;
    accounts::suspend(&world.app, ada).await.unwrap();
    assert!(!speaks(&world, &session.access_token).await);
    let again = refresh(&world.app, &session.refresh_token).await;
    assert_eq!(again.unwrap_err(), RefreshError::Refused(Refusal::Suspended));
    let in_again = sign_in(&world.app, "ada", PASSWORD, "").await;
    assert_eq!(in_again.unwrap_err(), SignInError::Refused(Refusal::Suspended));
    accounts::unsuspend(&world.app, ada).await.unwrap();
    assert!(!speaks(&world, &session.access_token).await);
    assert!(refresh(&world.app, &session.refresh_token).await.is_err());
    signed_in(&world, "ada").await;
}

#[tokio::test]
async fn a_29_an_unconfirmed_account_signs_in_and_may_do_nothing_else() {
    let world = World::new().await;
    let unconfirmed = Some((Default::default(), false));
    let ada = world.person_with("ada", |who| who.by_operator = unconfirmed).await;
    let session = signed_in(&world, "ada").await;
    assert!(speaks(&world, &session.access_token).await);
    let acting = accounts::may_act(&world.app, ada, false).await;
    assert_eq!(acting.unwrap_err(), Refusal::Unconfirmed);
    accounts::confirm_by_staff(&world.app, ada).await.unwrap();
    accounts::may_act(&world.app, ada, false).await.unwrap();
}

#[tokio::test]
async fn a_session_unused_for_thirty_days_and_any_after_half_a_year_asks_again() {
    let world = World::new().await;
    world.person("ada").await;
    let day = Duration::from_secs(24 * 60 * 60);
    let unused = signed_in(&world, "ada").await;
    let mut used = signed_in(&world, "ada").await;
    for _ in 0..6 {
        world.advance(day * 29);
        used = refresh(&world.app, &used.refresh_token).await.unwrap();
    }
    let ended = refresh(&world.app, &unused.refresh_token).await;
    assert_eq!(ended.unwrap_err(), RefreshError::Ended);
    world.advance(day * 6);
    assert_eq!(refresh(&world.app, &used.refresh_token).await.unwrap_err(), RefreshError::Ended);
}

#[tokio::test]
async fn e_1_a_name_that_nobody_has_fails_like_a_wrong_password() {
    let world = World::new().await;
    world.person("ada").await;
    for (who, password) in [("ada", "not the password"), ("nobody", PASSWORD), ("", PASSWORD)] {
        let answer = sign_in(&world.app, who, password, "").await;
        assert_eq!(answer.unwrap_err(), SignInError::Wrong, "{who}");
    }
}

#[tokio::test]
async fn a_12_a_password_checked_before_its_change_opens_nothing_after() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    // Both at once, many times: whichever way they fall, no session outlives the old password.
    for round in 0..20 {
        let (old, new) = (format!("old harbour {round}"), format!("new harbour {round}"));
        accounts::set_password(&world.app, ada, &old).await.unwrap();
        let (signed_in, changed) = tokio::join!(
            sign_in(&world.app, "ada", &old, "phone"),
            accounts::set_password(&world.app, ada, &new),
        );
        changed.unwrap();
        if let Ok(session) = signed_in {
            let access = check_access(&world.app, &session.access_token).await.unwrap();
            assert_eq!(access, None, "a session of the old password lives on");
        }
    }
}

#[tokio::test]
async fn ended_sessions_are_swept_and_living_ones_stay() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let world = World::new().await;
    let ada = world.person("ada").await;
    let left = signed_in(&world, "ada").await;
    let kept = signed_in(&world, "ada").await;
    let signed_out = signed_in(&world, "ada").await;
    sign_out(&world.app, &signed_out.refresh_token).await.unwrap();
    world.advance(20 * DAY);
    let kept = refresh(&world.app, &kept.refresh_token).await.unwrap();
    assert_eq!(sweep(&world.app).await.unwrap(), 0, "all could still come back");
    world.advance(11 * DAY);
    assert_eq!(sweep(&world.app).await.unwrap(), 1);
    assert!(world.app.graph.get(left.session).await.unwrap().is_none());
    let kept = refresh(&world.app, &kept.refresh_token).await.unwrap();
    assert_eq!(devices(&world.app, ada).await.unwrap().len(), 1);
    // A new password ended it; the list of all has nothing left then.
    accounts::set_password(&world.app, ada, "another good password").await.unwrap();
    world.advance(31 * DAY);
    sweep(&world.app).await.unwrap();
    assert!(world.app.graph.get(kept.session).await.unwrap().is_none());
    let page = Page::newest(10);
    assert!(world.app.graph.list::<OpenSessions>(INSTANCE, page).await.unwrap().is_empty());
}
