//! What is left of moderation when an account is purged: nothing that it wrote, and nothing about it.

use graph::{Batch, Edge, Expect, Id, Page};

use super::model::{
    Case, CaseReports, CasesAbout, ClosedAppeals, ClosedCases, DecisionsOn, OPEN_CASES, OpenCases,
    PendingAppeals, Report, ReportsBy, SawPictures,
};
use crate::{accounts::model::Account, app::App, fault::Fault, instance::model::INSTANCE};

/// How many things one step takes.
const STEP: usize = 50;

/// Takes cases, decisions and appeals about an account apart, and its words out of the reports that it made. May run
/// twice.
pub(crate) async fn forget(app: &App, account: Id<Account>) -> Result<(), Fault> {
    crate::people::forget(app, account).await?;
    for case in members::<CasesAbout>(app, account).await? {
        forget_case(app, account, case).await?;
    }
    loop {
        let decisions = app.graph.list::<DecisionsOn>(account, Page::newest(STEP)).await?;
        if decisions.is_empty() {
            break;
        }
        let mut batch = Batch::new();
        for link in decisions {
            if let Some(appeal) = app.graph.get(link.to).await?.and_then(|one| one.appeal) {
                batch.remove(appeal, Expect::Any);
                batch.discard::<PendingAppeals>(INSTANCE, appeal);
                batch.discard::<ClosedAppeals>(INSTANCE, appeal);
            }
            batch.remove(link.to, Expect::Any);
            batch.discard::<DecisionsOn>(account, link.to);
        }
        app.graph.commit(batch).await?;
    }
    loop {
        let reports = app.graph.list::<ReportsBy>(account, Page::newest(STEP)).await?;
        if reports.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for link in reports {
            if let Some(report) = app.graph.get(link.to).await? {
                let mut after = Report { by: None, comment: String::new(), ..report.body.clone() };
                after.messages.retain(|message| message.author != account);
                batch.replace(&report, &after);
            }
            batch.discard::<ReportsBy>(account, link.to);
        }
        app.graph.commit(batch).await?;
    }
}

async fn forget_case(app: &App, account: Id<Account>, case: Id<Case>) -> Result<(), Fault> {
    loop {
        let reports = app.graph.list::<CaseReports>(case, Page::newest(STEP)).await?;
        if reports.is_empty() {
            break;
        }
        let mut batch = Batch::new();
        for link in reports {
            if let Some(by) = app.graph.get(link.to).await?.and_then(|report| report.by) {
                batch.discard::<ReportsBy>(by, link.to);
            }
            batch.remove(link.to, Expect::Any);
            batch.discard::<CaseReports>(case, link.to);
        }
        app.graph.commit(batch).await?;
    }
    let looked = app.graph.list::<SawPictures>(case, Page::newest(400)).await?;
    let mut batch = Batch::new();
    for link in looked.iter().take(200) {
        batch.discard::<SawPictures>(case, link.to);
    }
    let name = account.to_string();
    if app.graph.key::<Case>(OPEN_CASES, &name).await? == Some(case) {
        batch.release(OPEN_CASES, &name, case);
    }
    batch.remove(case, Expect::Any);
    batch.discard::<OpenCases>(INSTANCE, case);
    batch.discard::<ClosedCases>(INSTANCE, case);
    batch.discard::<CasesAbout>(account, case);
    app.graph.commit(batch).await?;
    Ok(())
}

/// All members of a list, in steps.
async fn members<E: Edge>(app: &App, of: Id<E::From>) -> Result<Vec<Id<E::To>>, Fault> {
    let (mut all, mut page) = (Vec::new(), Page::newest(STEP));
    loop {
        let links = app.graph.list::<E>(of, page).await?;
        all.extend(links.iter().map(|link| link.to));
        match links.last().filter(|_| links.len() == STEP) {
            Some(last) => page.below = Some(last.ord),
            None => return Ok(all),
        }
    }
}
