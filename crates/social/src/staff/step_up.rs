//! The password again, before what is dangerous: a proof that holds for a quarter of an hour, for one session.
//!
//! Nothing is stored: the proof is a MAC of the session, the login's epoch and its end, so that it ends with either.

use std::time::Duration;

use graph::Id;

use crate::{
    accounts::{RecoverError, check_password, model::Account},
    app::App,
    fault::Fault,
    posts::login_of,
    secret::{base64url, from_base64url, mac, same},
    sessions::model::Session,
};

/// How long a proof holds.
pub const PROOF_LIFE: Duration = Duration::from_secs(15 * 60);

/// Makes a proof for a session whose owner gave their password.
pub async fn step_up(
    app: &App,
    account: Id<Account>,
    session: Id<Session>,
    password: &str,
) -> Result<String, RecoverError> {
    let login = check_password(app, account, password).await?;
    let expires = app.now_ms() + PROOF_LIFE.as_millis() as u64;
    Ok(format!("{expires}.{}", base64url(&seal(app, session, login.epoch, expires))))
}

/// Whether a proof is genuine, for this session, and not too old.
pub async fn is_proven(
    app: &App,
    account: Id<Account>,
    session: Id<Session>,
    proof: &str,
) -> Result<bool, Fault> {
    let Some((expires, given)) = proof.split_once('.') else { return Ok(false) };
    let (Ok(expires), Some(given)) = (expires.parse::<u64>(), from_base64url(given)) else {
        return Ok(false);
    };
    let login = login_of(app, account).await?;
    let genuine = same(&seal(app, session, login.epoch, expires), &given);
    Ok(genuine && expires > app.now_ms())
}

fn seal(app: &App, session: Id<Session>, epoch: u64, expires: u64) -> Vec<u8> {
    let parts = [session.raw().to_be_bytes(), epoch.to_be_bytes(), expires.to_be_bytes()];
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_slice()).collect();
    mac(&app.secrets.mac, "step-up", &parts)[..24].to_vec()
}
