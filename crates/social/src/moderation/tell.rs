//! Telling both sides, and staff. Who decided is in none of it.

use std::collections::HashSet;

use engine::mail::Mail;
use graph::{Id, Page};

use super::{
    appeals::link_of,
    model::{Appeal, AppealState, CaseReports, Decision, Report},
};
use crate::{
    accounts::{Words, compose, name_at},
    app::App,
    events::Event,
    fault::Fault,
    house::{community, house, model::Text},
    notifications::{model::NotificationKind, notify_about},
    staff::{Permission, team},
};

/// Most reports whose authors hear of one decision.
const MOST_REPORTS: usize = 1_000;

/// Tells staff of a report.
pub(crate) async fn notify_report(app: &App, id: Id<Report>) -> Result<(), Fault> {
    let Some(report) = app.graph.get(id).await? else { return Ok(()) };
    let Some(by) = report.by else { return Ok(()) };
    for one in team(app).await? {
        if let Some(to) = one.account.filter(|_| one.may(Permission::ManageReports)) {
            notify_about(app, to, NotificationKind::Reported, by, id.raw()).await?;
        }
    }
    Ok(())
}

/// Tells the account and the reporters of a decision. The notification is from the reader to the reader, so that it
/// names nobody.
pub(crate) async fn notify_decision(app: &App, id: Id<Decision>) -> Result<(), Fault> {
    let Some(decision) = app.graph.get(id).await? else { return Ok(()) };
    if decision.concerns_account() {
        let about = decision.about;
        notify_about(app, about, NotificationKind::Warning, about, id.raw()).await?;
    }
    let Some(case) = decision.case else { return Ok(()) };
    let links = app.graph.list::<CaseReports>(case, Page::newest(MOST_REPORTS)).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let mut told = HashSet::new();
    for report in app.graph.get_many(&ids).await?.into_iter().flatten() {
        let Some(by) = report.by.filter(|by| told.insert(*by)) else { continue };
        notify_about(app, by, NotificationKind::ReportDecided, by, id.raw()).await?;
    }
    Ok(())
}

/// Tells somebody what became of their appeal.
pub(crate) async fn notify_appeal(app: &App, id: Id<Appeal>) -> Result<(), Fault> {
    let Some(appeal) = app.graph.get(id).await? else { return Ok(()) };
    let (to, about) = (appeal.by, appeal.decision.raw());
    notify_about(app, to, NotificationKind::AppealDecided, to, about).await
}

/// The mail that a decision or an appeal asks for: who is suspended reads nothing else.
pub(crate) async fn mail(app: &App, event: &Event) -> Result<Option<Mail>, Fault> {
    let (decision, key, subject, text) = match event {
        Event::DecisionMade { decision } => {
            let Some(node) = app.graph.get(*decision).await? else { return Ok(None) };
            let silent = !node.concerns_account() || node.to_account.is_empty();
            let text = node.to_account.clone();
            if silent {
                return Ok(None);
            }
            (node, format!("decision:{decision}"), "About your account at", text)
        }
        Event::AppealDecided { appeal } => {
            let Some(node) = app.graph.get(*appeal).await? else { return Ok(None) };
            let Some(decision) = app.graph.get(node.decision).await? else { return Ok(None) };
            let house = house(app).await?;
            let text = match node.state {
                AppealState::Accepted => house.text(Text::AppealAccepted),
                AppealState::Rejected => house.text(Text::AppealRejected),
                AppealState::Pending => return Ok(None),
            };
            (decision, format!("appeal:{appeal}"), "About your appeal at", text.to_owned())
        }
        _ => return Ok(None),
    };
    let Some(account) = app.graph.get(decision.about).await? else { return Ok(None) };
    let Some(login) = app.graph.get(account.login).await? else { return Ok(None) };
    let (url, title) = (&app.settings.public_url, &community(app).await?.title);
    let open = decision.appeal.is_none();
    let link = open.then(|| format!("{url}/auth/appeal?token={}", link_of(app, decision.id)));
    let words = Words {
        place: title.clone(),
        subject: format!("{subject} {title}"),
        lines: text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect(),
        link: link.map(|link| ("I want somebody else to look at this", link)),
        after: if open { "The link holds for twenty days." } else { "" },
    };
    let to = login.email.clone();
    let name = name_at(&account, &login, &to);
    Ok(Some(compose(key, to.clone(), name, words)))
}
