//! Mails about an account: short and kind, the same in text and HTML, everything of people's own escaped.

use engine::mail::{Mail, MailError};

use super::{
    model::{Account, Login, TicketPurpose},
    tickets::token_of,
};
use crate::{
    app::App,
    events::{Event, Notice},
    fault::Fault,
    house::community,
    insight,
    mails::{self, Letter},
    moderation,
    subscriptions::HandleError,
};

/// Sends the mail that an event asks for; others ask for none. A link that was used meanwhile is not mailed.
pub async fn mail(app: &App, event: &Event) -> Result<(), HandleError> {
    let mail = match event {
        Event::TicketMade { ticket } => ticket_mail(app, *ticket).await?,
        Event::NoticeDue { account, notice, to, key } => {
            notice_mail(app, *account, *notice, to.clone(), key.clone()).await?
        }
        Event::ApplicantRejected { handle, email, reason, key } => {
            let title = community(app).await?.title;
            Some(rejection(&title, handle.as_str(), email.clone(), reason, key.clone()))
        }
        Event::SummaryDue { account, last_day } => {
            insight::summary_mail(app, *account, *last_day).await?
        }
        Event::NotificationToMail { notification } => {
            mails::single_mail(app, *notification).await?
        }
        Event::NotificationsDue { account, after, upto } => {
            // Before the mail: it may be tried for long.
            mails::wait_on(app, *account, *upto).await?;
            mails::batch_mail(app, *account, *after, *upto).await?
        }
        Event::DigestDue { account, day, since_ms } => {
            mails::digest_mail(app, *account, *day, *since_ms).await?
        }
        _ => moderation::mail(app, event).await?,
    };
    if let Some(mail) = mail
        && !mails::bounces(app, event, &mail.to).await?
    {
        send(app, mail).await?;
    }
    if let Event::NotificationsDue { account, after, upto } = event {
        mails::batched(app, *account, *after, *upto).await?;
    }
    Ok(())
}

async fn send(app: &App, mail: Mail) -> Result<(), HandleError> {
    let to = mail.to.clone();
    let sent = app.engines.mailer.send(mail).await;
    let result = match &sent {
        Ok(()) => "sent",
        Err(MailError::Temporary(_)) => "temporary",
        Err(MailError::NoReceiver(_)) => "no_receiver",
        Err(MailError::Permanent(_)) => "permanent",
    };
    metrics::counter!("mail_total", "result" => result).increment(1);
    match sent {
        Ok(()) => Ok(()),
        Err(error @ MailError::Temporary(_)) => Err(HandleError::Later(error.to_string())),
        // Nobody reads there: that is known now, and no job that an operator must look at.
        Err(MailError::NoReceiver(_)) => Ok(mails::bounced(app, &to).await?),
        Err(error @ MailError::Permanent(_)) => Err(HandleError::Never(error.to_string())),
    }
}

/// The words of a mail.
pub(crate) struct Words {
    /// What the community is called.
    pub place: String,
    pub subject: String,
    pub lines: Vec<String>,
    /// What the link is called, and where it leads.
    pub link: Option<(&'static str, String)>,
    pub after: &'static str,
}

async fn ticket_mail(
    app: &App,
    id: graph::Id<super::model::Ticket>,
) -> Result<Option<Mail>, Fault> {
    let Some(ticket) = app.graph.get(id).await? else { return Ok(None) };
    let Some(account) = ticket.account.filter(|_| !ticket.used) else { return Ok(None) };
    let Some(account) = app.graph.get(account).await? else { return Ok(None) };
    let Some(login) = app.graph.get(account.login).await? else { return Ok(None) };
    let token = token_of(app, id);
    let url = &app.settings.public_url;
    let title = &community(app).await?.title;
    let (to, words) = match &ticket.purpose {
        TicketPurpose::ConfirmEmail { email } => (
            email.clone(),
            Words {
                place: title.clone(),
                subject: format!("Confirm your address for {title}"),
                lines: vec![format!(
                    "You gave this address for @{} at {title}. Follow the link to confirm that \
                     it is yours.",
                    account.handle
                )],
                link: Some(("Confirm my address", format!("{url}/auth/confirm?token={token}"))),
                after: "The link holds for a day. If this was not you, do nothing: nothing \
                        happens.",
            },
        ),
        TicketPurpose::ResetPassword => (
            login.email.clone(),
            Words {
                place: title.clone(),
                subject: format!("Set a new password for {title}"),
                lines: vec![format!(
                    "Somebody, probably you, asked for a new password for @{} at {title}.",
                    account.handle
                )],
                link: Some(("Set a new password", format!("{url}/auth/reset?token={token}"))),
                after: "The link holds for an hour and works once. If this was not you, do \
                        nothing: your password stays as it is.",
            },
        ),
        TicketPurpose::BecomeOwner => return Ok(None),
    };
    let name = name_at(&account, &login, &to);
    Ok(Some(compose(format!("ticket:{id}"), to, name, words)))
}

async fn notice_mail(
    app: &App,
    account: graph::Id<Account>,
    notice: Notice,
    to: Option<String>,
    key: String,
) -> Result<Option<Mail>, Fault> {
    let Some(account) = app.graph.get(account).await? else { return Ok(None) };
    let Some(login) = app.graph.get(account.login).await? else { return Ok(None) };
    let title = &community(app).await?.title;
    let url = &app.settings.public_url;
    let (subject, line, link) = match notice {
        Notice::PasswordChanged => (
            format!("Your password for {title} was changed"),
            "Your password was changed, and every other device was signed out.".to_owned(),
            Some(("That was not me: set a new one", format!("{url}/forgot"))),
        ),
        Notice::EmailChanged => (
            format!("Your address for {title} was changed"),
            "Your account has another e-mail address from now on. This is the last mail to \
             this one."
                .to_owned(),
            None,
        ),
        Notice::SessionReused => (
            format!("A device was signed out of {title}"),
            "A sign-in of yours was used in two places at once, so we ended it. If you did not \
             copy your browser's data, change your password."
                .to_owned(),
            Some(("Change my password", format!("{url}/settings/password"))),
        ),
        Notice::AddressTaken => (
            format!("You have an account at {title} already"),
            format!(
                "Somebody, perhaps you, tried to sign up with this address. It belongs to @{} \
                 already.",
                account.handle
            ),
            Some(("Sign in", format!("{url}/sign-in"))),
        ),
        Notice::Approved => (
            format!("Welcome to {title}"),
            "You are in. Say hello.".to_owned(),
            Some(("Come in", format!("{url}/sign-in"))),
        ),
    };
    let words = Words { place: title.clone(), subject, lines: vec![line], link, after: "" };
    let to = to.unwrap_or_else(|| login.email.clone());
    let name = name_at(&account, &login, &to);
    Ok(Some(compose(key, to, name, words)))
}

/// To somebody of whom nothing is left here but this mail.
fn rejection(title: &str, handle: &str, to: String, reason: &str, key: String) -> Mail {
    let mut lines = vec![format!(
        "You asked to join {title} as @{handle}. We have decided not to let you in. What you \
         told us about yourself is deleted."
    )];
    if !reason.is_empty() {
        lines.push(reason.to_owned());
    }
    let subject = format!("About joining {title}");
    let place = title.to_owned();
    compose(key, to, handle, Words { place, subject, lines, link: None, after: "" })
}

/// How a mail to an address greets somebody.
pub(crate) fn name_at<'a>(account: &'a Account, login: &Login, to: &str) -> &'a str {
    // Anybody may give anybody's address: until it is confirmed, nothing that they wrote goes there.
    let own = login.confirmed && login.email == to;
    match account.display_name.as_str() {
        name if own && !name.is_empty() => name,
        _ => account.handle.as_str(),
    }
}

pub(crate) fn compose(key: String, to: String, name: &str, words: Words) -> Mail {
    let Words { place, subject, lines, link, after } = words;
    let after = after.to_owned();
    Letter { place, subject, lines, link, after, ..Letter::default() }.mail(key, to, name)
}
