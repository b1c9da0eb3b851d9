//! Signing up: everything that is wrong is said at once; what is right commits whole.

use std::net::IpAddr;

use graph::{Batch, CommitError, Id, Stored};

use super::{
    find::{is_used, seal_of},
    model::{
        Account, EMAILS, HANDLE_SEALS, HANDLES, INVITES, Invite, Invited, Login, Members,
        PendingMembers, Role, SETUP, StaffMembers, Standing, TicketPurpose,
    },
    recover::notice,
    tickets::{self, CONFIRM_LIFE, TicketError},
};
use crate::{
    app::{App, Registrations},
    census::What,
    events::{Event, Notice},
    fault::Fault,
    gates::{self, Verdict},
    house,
    insight::new_reader_secret,
    instance::model::INSTANCE,
    posts::is_language,
    sessions::passwords::{self, Busy, PasswordRule},
    text::{Handle, HandleError, plain_line},
};

/// Who wants to join.
#[derive(Clone, Debug, Default)]
pub struct SignUp {
    /// As typed.
    pub handle: String,
    /// As typed.
    pub email: String,
    /// As typed.
    pub password: String,
    /// Shown name.
    pub display_name: String,
    /// Why, where staff approve.
    pub reason: Option<String>,
    /// Code of an invitation.
    pub invite: Option<String>,
    /// Token of the owner's link.
    pub owner_token: Option<String>,
    /// Language of the interface.
    pub locale: Option<String>,
    /// The rules are agreed to.
    pub agreement: bool,
    /// An address that is taken is not told to whoever asks, but to its owner by mail; only where a newcomer is not let
    /// in at once, for elsewhere the answer could not be the same.
    pub discreet: bool,
    /// What the operator gives: no rules of registration apply.
    pub by_operator: Option<(Role, bool)>,
    /// Follows of the new account are requests.
    pub locked: bool,
    /// Where the request comes from.
    pub address: Option<IpAddr>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedUp {
    /// May sign in and take part.
    Ready(Id<Account>),
    /// Must follow the link in a mail first.
    ConfirmEmail(Id<Account>),
    /// Staff must let it in.
    AwaitingApproval(Id<Account>),
    /// Looks to whoever asked like what a free address gets; the owner of the address was told.
    Discreet {
        /// Like [`SignedUp::AwaitingApproval`]; else like [`SignedUp::ConfirmEmail`].
        awaiting_approval: bool,
    },
}

/// What is wrong with a field, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldCode {
    /// Nothing was given.
    Blank,
    /// Not of the right form.
    Invalid,
    /// Somebody has it.
    Taken,
    /// Nobody may have it.
    Reserved,
    /// Too short.
    TooShort,
    /// Too long.
    TooLong,
    /// Must be agreed to.
    Accepted,
    /// Not allowed.
    Blocked,
}

/// A field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// `username`, `email`, `password`, `agreement`, `reason`, `invite`, `display_name`.
    pub field: &'static str,
    /// What is wrong.
    pub code: FieldCode,
    /// The rest of a sentence that starts with the field's name.
    pub text: String,
}

/// Why an account was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignUpError {
    /// Fields that are wrong, all of them.
    #[error("Validation failed")]
    Fields(Vec<FieldError>),
    /// Nobody may join.
    #[error("this community takes no new members now")]
    Closed,
    /// The owner's link.
    #[error("this link is no longer valid")]
    OwnerLink,
    /// Too many at once.
    #[error(transparent)]
    Busy(Busy),
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for SignUpError
where
    Fault: From<E>,
{
    fn from(error: E) -> SignUpError {
        SignUpError::Fault(error.into())
    }
}

/// Makes an account.
pub async fn sign_up(app: &App, who: SignUp) -> Result<SignedUp, SignUpError> {
    let owner_ticket = match &who.owner_token {
        Some(token) => match tickets::open_ticket(app, token).await {
            Ok(ticket) if ticket.purpose == TicketPurpose::BecomeOwner => Some(ticket),
            Ok(_) | Err(TicketError::Invalid) => return Err(SignUpError::OwnerLink),
            Err(TicketError::Fault(fault)) => return Err(SignUpError::Fault(fault)),
        },
        None => None,
    };
    let free_pass = owner_ticket.is_some() || who.by_operator.is_some();
    let registrations = house::community(app).await?.registrations;
    if registrations == Registrations::Closed && !free_pass {
        return Err(SignUpError::Closed);
    }
    let verdict = match free_pass {
        true => Verdict::Open,
        false => gates::pass(app, who.email.trim(), who.address).await?,
    };
    match verdict {
        Verdict::Open | Verdict::Approval => {}
        Verdict::AddressBlocked => return Err(SignUpError::Closed),
        Verdict::DomainBlocked => {
            let text = "is of a provider that is not allowed here".to_owned();
            let wrong = FieldError { field: "email", code: FieldCode::Blocked, text };
            return Err(SignUpError::Fields(vec![wrong]));
        }
    }
    let invite = find_invite(app, &who).await?;
    let (handle, email, display_name) = check(app, &who, free_pass, invite.is_some()).await?;
    let (role, confirmed) = match (&owner_ticket, who.by_operator) {
        (Some(_), _) => (Role::Owner, true),
        (None, Some((role, confirmed))) => (role, confirmed),
        (None, None) => (Role::Member, !app.settings.confirm_email),
    };
    let asks = registrations == Registrations::Approval;
    let waits = (asks || verdict == Verdict::Approval) && !free_pass;
    let salt = app.secret::<16>();
    // Before it is asked whose the address is: the work is the same for one that is taken.
    let password = app.passwords.hash(&who.password, salt).await.map_err(SignUpError::Busy)?;
    let taken_email = async || {
        let hidden = who.discreet && (waits || !confirmed);
        let told = if hidden { tell_holder(app, &email, invite.as_deref()).await? } else { false };
        let answer = SignedUp::Discreet { awaiting_approval: waits };
        if told { Ok(answer) } else { Err(taken("email")) }
    };
    if app.graph.key::<Account>(EMAILS, &fold_email(&email)).await?.is_some() {
        return taken_email().await;
    }
    let (account_id, login_id): (Id<Account>, Id<Login>) = (app.id(), app.id());
    let account = Account {
        handle: handle.clone(),
        login: login_id,
        display_name,
        bio: String::new(),
        fields: Vec::new(),
        interests: Vec::new(),
        avatar: None,
        header: None,
        locked: who.locked,
        bot: false,
        discoverable: true,
        indexable: true,
        hide_collections: false,
        standing: if waits { Standing::Pending } else { Standing::Active },
        limited: false,
        sensitive: false,
        last_post_ms: None,
    };
    let login = Login {
        account: account_id,
        email: email.clone(),
        confirmed,
        password,
        role,
        own_role: None,
        frozen: false,
        locale: who.locale.clone().filter(|tag| is_language(tag)).unwrap_or_default(),
        default_audience: Default::default(),
        default_sensitive: false,
        default_language: None,
        who_may_message: Default::default(),
        who_sees_presence: Default::default(),
        no_receipts: false,
        no_typing: false,
        reason: who.reason.clone(),
        invited_by: invite.as_ref().and_then(|invite| invite.by),
        invite: invite.as_ref().map(|invite| invite.id),
        by_operator: who.by_operator.is_some() || owner_ticket.is_some(),
        epoch: 1,
        markers: Vec::new(),
        notification_policy: Default::default(),
        wishes: Default::default(),
        devices: Vec::new(),
        reader: new_reader_secret(app),
        no_summary: false,
        insight_told_day: 0,
    };
    let mut batch = Batch::new();
    let handle_op = batch.len();
    batch.claim(HANDLES, handle.as_str(), account_id);
    let seal_op = batch.len();
    batch.claim(HANDLE_SEALS, &seal_of(app, &handle), account_id);
    let email_op = batch.len();
    batch.claim(EMAILS, &fold_email(&email), account_id);
    let owner_op = batch.len();
    if let Some(ticket) = &owner_ticket {
        batch.claim(SETUP, "owner", account_id);
        tickets::use_up(&mut batch, ticket);
    } else if role == Role::Owner && app.graph.key::<Account>(SETUP, "owner").await?.is_none() {
        // An owner by the operator's word: the set-up link ends.
        batch.claim(SETUP, "owner", account_id);
    }
    batch.create(account_id, &account);
    batch.create(login_id, &login);
    if waits {
        batch.link::<PendingMembers>(INSTANCE, account_id, account_id.raw());
    } else {
        batch.link::<Members>(INSTANCE, account_id, account_id.raw());
    }
    if role != Role::Member {
        batch.ensure::<StaffMembers>(INSTANCE, account_id, account_id.raw());
    }
    if let Some(invite) = &invite {
        batch.replace(invite, &Invite { used: invite.used + 1, ..invite.body.clone() });
        batch.link::<Invited>(invite.id, account_id, account_id.raw());
    }
    if !confirmed {
        let purpose = TicketPurpose::ConfirmEmail { email: email.clone() };
        tickets::issue(app, &mut batch, account_id, purpose, CONFIRM_LIFE, login.epoch);
    }
    batch.emit(app.id(), &Event::AccountOpened { account: account_id });
    let committed = app.graph.commit(batch).await;
    if committed.is_ok() {
        app.census.count(What::SignUp, app.now_ms());
    }
    match committed {
        Ok(_) if waits => Ok(SignedUp::AwaitingApproval(account_id)),
        Ok(_) if !confirmed => Ok(SignedUp::ConfirmEmail(account_id)),
        Ok(_) => Ok(SignedUp::Ready(account_id)),
        Err(CommitError::KeyTaken { op }) if op == handle_op || op == seal_op => {
            Err(taken("username"))
        }
        Err(CommitError::KeyTaken { op }) if op == email_op => taken_email().await,
        Err(CommitError::KeyTaken { op }) if op == owner_op => Err(SignUpError::OwnerLink),
        Err(CommitError::Conflict { .. }) if owner_ticket.is_some() => Err(SignUpError::OwnerLink),
        // The invitation was used by another at this moment: look again whether a use is left.
        Err(CommitError::Conflict { .. }) if invite.is_some() => Box::pin(sign_up(app, who)).await,
        Err(error) => Err(error.into()),
    }
}

fn taken(field: &'static str) -> SignUpError {
    let text = "has already been taken".to_owned();
    SignUpError::Fields(vec![FieldError { field, code: FieldCode::Taken, text }])
}

/// Tells the holder of an address that somebody tried to sign up with it; says whether there is one. An invitation is
/// used up as by a newcomer, or what is left of it would tell that there was none.
async fn tell_holder(
    app: &App,
    email: &str,
    invite: Option<&Stored<Invite>>,
) -> Result<bool, Fault> {
    let Some(holder) = app.graph.key::<Account>(EMAILS, &fold_email(email)).await? else {
        return Ok(false);
    };
    let mut batch = Batch::new();
    notice(app, &mut batch, holder, Notice::AddressTaken, None);
    if let Some(invite) = invite {
        batch.replace(invite, &Invite { used: invite.used + 1, ..invite.body.clone() });
    }
    match app.graph.commit(batch).await {
        // The invitation was used by another at this moment, the last time perhaps: nothing is told of that either.
        Ok(_) | Err(CommitError::Conflict { .. }) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// The invitation, if one is needed or given and it has a use left.
async fn find_invite(
    app: &App,
    who: &SignUp,
) -> Result<Option<std::sync::Arc<Stored<Invite>>>, Fault> {
    let Some(code) = who.invite.as_deref().filter(|code| code.len() <= 64) else {
        return Ok(None);
    };
    let Some(id) = app.graph.key::<Invite>(INVITES, code).await? else { return Ok(None) };
    let invite = app.graph.get(id).await?;
    Ok(invite.filter(|invite| {
        invite.used < invite.uses && invite.expires_ms.is_none_or(|expires| expires > app.now_ms())
    }))
}

async fn check(
    app: &App,
    who: &SignUp,
    free_pass: bool,
    invited: bool,
) -> Result<(Handle, String, String), SignUpError> {
    let mut wrong = Vec::new();
    let mut say = |field, code, text: &str| {
        wrong.push(FieldError { field, code, text: text.to_owned() });
    };
    if !who.agreement && who.by_operator.is_none() {
        say("agreement", FieldCode::Accepted, "must be accepted");
    }
    let email = who.email.trim();
    if email.is_empty() {
        say("email", FieldCode::Blank, "can't be blank");
    }
    if !is_email(email) {
        say("email", FieldCode::Invalid, "is invalid");
    }
    if let Err(rule) = passwords::check(&who.password) {
        let code = match rule {
            PasswordRule::Blank => FieldCode::Blank,
            PasswordRule::TooShort => FieldCode::TooShort,
            PasswordRule::TooLong => FieldCode::TooLong,
            PasswordRule::Common => FieldCode::Blocked,
            PasswordRule::Invalid => FieldCode::Invalid,
        };
        say("password", code, &rule.to_string());
    }
    let handle = if who.handle.trim().is_empty() {
        say("username", FieldCode::Blank, "can't be blank");
        None
    } else {
        // An operator may take a reserved name: `admin` has to be somebody's.
        let handle = match who.by_operator {
            Some(_) => Handle::parse(who.handle.trim()),
            None => Handle::claim(who.handle.trim()),
        };
        match handle {
            Ok(handle) => Some(handle),
            Err(HandleError::Reserved) => {
                say("username", FieldCode::Reserved, "is reserved");
                None
            }
            Err(error) => {
                say("username", FieldCode::Invalid, &error.to_string());
                None
            }
        }
    };
    let registrations = house::community(app).await?.registrations;
    let needs_invite = registrations == Registrations::Invite && !free_pass;
    if needs_invite && !invited {
        say("invite", FieldCode::Invalid, "is needed, and this one is used up or unknown");
    }
    let waits = registrations == Registrations::Approval && !free_pass;
    let reason = who.reason.as_deref().unwrap_or_default();
    if waits && reason.trim().is_empty() {
        say("reason", FieldCode::Blank, "can't be blank");
    } else if plain_line(reason, 1_000).is_err() {
        say("reason", FieldCode::TooLong, "is too long (maximum is 1000 characters)");
    }
    let name = plain_line(&who.display_name, crate::profiles::MAX_NAME).unwrap_or_else(|_| {
        say("display_name", FieldCode::TooLong, "is too long (maximum is 50 characters)");
        String::new()
    });
    if let Some(handle) = &handle
        && who.by_operator.is_none()
        && house::house(app).await?.handles.iter().any(|reserved| reserved == handle.as_str())
    {
        let text = "is reserved".to_owned();
        wrong.push(FieldError { field: "username", code: FieldCode::Reserved, text });
    } else if let Some(handle) = &handle
        && is_used(app, handle).await?
    {
        let text = "has already been taken".to_owned();
        wrong.push(FieldError { field: "username", code: FieldCode::Taken, text });
    }
    match handle {
        Some(handle) if wrong.is_empty() => Ok((handle, email.to_owned(), name)),
        _ => Err(SignUpError::Fields(wrong)),
    }
}

/// Whether a text is an address that we can write to: one `@`, a plain local part, a host with a dot.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~.-".contains(&b);
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && local.bytes().all(plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && host.contains('.')
        && host.split('.').all(label)
}

/// One text for all spellings of an address.
pub(super) fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}
