//! Deciding: everything that a decision does is one commit.

use std::{collections::BTreeSet, sync::Arc};

use graph::{Batch, CommitError, Id, Stored};

use super::{
    error::{ModerationError, standing},
    model::{
        Case, CaseReports, ClosedCases, Decision, DecisionsOn, Measure, OPEN_CASES, OpenCases,
        Report,
    },
};
use crate::{
    accounts::{Change, model::Account, put_standing},
    app::App,
    audit::{
        self, Note,
        model::{Act, Subject, SubjectKind},
    },
    census::What,
    chats::{self, model::Message},
    events::Event,
    fault::Fault,
    house::{
        house,
        model::{House, Text},
    },
    instance::model::INSTANCE,
    posts::{self, login_of, model::Post},
    staff::{Permission, Powers, powers_of},
    text::plain_block,
};

/// Most posts of one decision.
const MOST_POSTS: usize = 40;
/// Most messages of one decision.
const MOST_MESSAGES: usize = 100;
/// Most characters of a message.
const MOST_TEXT: usize = 2_000;

/// What is decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A case: it closes.
    Case(Id<Case>),
    /// An account, without anybody's report.
    Account(Id<Account>),
}

/// What is to be done.
#[derive(Clone, Debug, Default)]
pub struct Ruling {
    /// What.
    pub measures: Vec<Measure>,
    /// To which posts; with no messages either, none means all that was reported.
    pub posts: Vec<Id<Post>>,
    /// Which messages of chats are deleted: of those that were reported in the case.
    pub messages: Vec<Id<Message>>,
    /// What the account is told; none for the usual words.
    pub to_account: Option<String>,
    /// What the reporters are told; none for the usual words.
    pub to_reporters: Option<String>,
    /// Why, for staff.
    pub reason: String,
}

/// Decides: acts on posts and standing, closes the case, and has both sides told.
pub async fn decide(
    app: &App,
    by: &Powers,
    target: Target,
    ruling: Ruling,
) -> Result<Arc<Stored<Decision>>, ModerationError> {
    check(by, target, &ruling.measures)?;
    let reason = text_of(&ruling.reason)?;
    let house = house(app).await?;
    for _ in 0..5 {
        let (case, about) = match target {
            Target::Case(id) => {
                let case = app.graph.get(id).await?.ok_or(ModerationError::NotFound)?;
                let about = case.about;
                (Some(case), about)
            }
            Target::Account(id) => (None, id),
        };
        if let Some(case) = &case {
            if case.decision.is_some() {
                return Err(ModerationError::Decided);
            }
            if case.claim.is_some_and(|claim| claim.by != by.account) {
                return Err(ModerationError::Claimed);
            }
        }
        if !by.above(&powers_of(app, about).await?) {
            return Err(ModerationError::Above);
        }
        let account = app.graph.get(about).await?.ok_or(ModerationError::NotFound)?;
        let login = login_of(app, about).await?;
        let reports = reports_of(app, case.as_deref()).await?;
        let posts = posts_of(app, &reports, about, &ruling).await?;
        let messages = messages_of(app, &reports, about, &ruling).await?;
        if acts_on_posts(&ruling) && posts.is_none() && messages.is_empty() {
            return Err(ModerationError::Posts);
        }
        let posts = posts.unwrap_or_default();
        let id: Id<Decision> = app.id();
        let decision = Decision {
            about,
            case: case.as_ref().map(|case| case.id),
            by: by.account,
            measures: ruling.measures.clone(),
            posts: posts.iter().map(|post| post.id).collect(),
            messages: messages.iter().map(|message| message.id).collect(),
            to_account: told_to_account(&house, &ruling)?,
            to_reporters: told_to_reporters(&house, &ruling)?,
            reason: reason.clone(),
            appeal: None,
            undone: false,
        };
        let mut batch = Batch::new();
        batch.create(id, &decision);
        batch.link::<DecisionsOn>(about, id, id.raw());
        if let Some(case) = &case {
            let now = app.now_ms();
            let closed = Case { decision: Some(id), updated_ms: now, ..case.body.clone() };
            batch.replace(case, &closed);
            batch.release(OPEN_CASES, &about.to_string(), case.id);
            batch.discard::<OpenCases>(INSTANCE, case.id);
            batch.ensure::<ClosedCases>(INSTANCE, case.id, app.ord());
        }
        for post in &posts {
            if ruling.measures.contains(&Measure::Delete) {
                posts::put_away(app, &mut batch, post).await?;
            } else {
                posts::fold(app, &mut batch, post, house.text(Text::FoldWarning));
            }
        }
        let mut marks = Vec::with_capacity(messages.len());
        for message in &messages {
            marks.push(chats::put_away(app, &mut batch, message).await?);
        }
        let sets = |measure| ruling.measures.contains(&measure).then_some(true);
        let change = Change {
            limited: sets(Measure::Limit),
            sensitive: sets(Measure::Sensitive),
            frozen: sets(Measure::Freeze),
            suspended: sets(Measure::Suspend),
        };
        let was = format!(
            "{:?} sensitive={} limited={} frozen={}",
            account.standing, account.sensitive, account.limited, login.frozen
        );
        if change != Change::default() {
            put_standing(app, &mut batch, &account, &login, change).await.map_err(standing)?;
        }
        let on = match &case {
            Some(case) => Subject { kind: SubjectKind::Case, id: case.id.raw() },
            None => Subject { kind: SubjectKind::Account, id: about.raw() },
        };
        // Ids of posts and names of measures; never what a post says.
        let after = summary(id, &decision);
        let note =
            Note { by: by.account, act: Act::Decide, on, reason: &reason, before: was, after };
        audit::record(app, &mut batch, note).await?;
        batch.emit(app.id(), &Event::DecisionMade { decision: id });
        match app.graph.commit(batch).await {
            Ok(_) => {
                if case.is_some() {
                    app.census.count(What::Decision, app.now_ms());
                }
                for (message, mark) in messages.iter().zip(marks) {
                    // It is gone; what did not go with it nobody is shown.
                    if let Err(error) = chats::was_put_away(app, message, mark).await {
                        tracing::warn!(message.id = %message.id, "reactions are left: {error}");
                    }
                }
                return app.graph.get(id).await?.ok_or(ModerationError::NotFound);
            }
            // A report came in, a post was edited, or somebody else decided at this moment.
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ModerationError::Fault(Fault::Busy))
}

fn check(by: &Powers, target: Target, measures: &[Measure]) -> Result<(), ModerationError> {
    let has = |measure| measures.contains(&measure);
    let standings = [Measure::Sensitive, Measure::Limit, Measure::Freeze, Measure::Suspend];
    let stands = standings.into_iter().any(has);
    let in_case = matches!(target, Target::Case(_));
    let needs_people = stands || !in_case;
    if in_case && !by.may(Permission::ManageReports)
        || needs_people && !by.may(Permission::ManagePeople)
    {
        return Err(ModerationError::NotAllowed);
    }
    let twice = (1..measures.len()).any(|at| measures[..at].contains(&measures[at]));
    let alone = has(Measure::Dismiss) && (measures.len() > 1 || !in_case);
    if measures.is_empty() || twice || alone || has(Measure::Fold) && has(Measure::Delete) {
        return Err(ModerationError::Measures);
    }
    Ok(())
}

fn acts_on_posts(ruling: &Ruling) -> bool {
    let acts = |measure: &Measure| matches!(measure, Measure::Fold | Measure::Delete);
    ruling.measures.iter().any(acts)
}

/// Whether nobody chose what a measure acts on: then it is all that was reported.
fn acts_on_all(ruling: &Ruling) -> bool {
    ruling.posts.is_empty() && ruling.messages.is_empty()
}

/// The reports of a case.
async fn reports_of(
    app: &App,
    case: Option<&Stored<Case>>,
) -> Result<Vec<Arc<Stored<Report>>>, ModerationError> {
    let Some(case) = case else { return Ok(Vec::new()) };
    let links = app.graph.list::<CaseReports>(case.id, graph::Page::newest(200)).await?;
    let reports: Vec<_> = links.iter().map(|link| link.to).collect();
    Ok(app.graph.get_many(&reports).await?.into_iter().flatten().collect())
}

/// The posts that are folded or deleted: those that were chosen, or all that were reported and are still there. None if
/// there was none to choose from.
async fn posts_of(
    app: &App,
    reports: &[Arc<Stored<Report>>],
    about: Id<Account>,
    ruling: &Ruling,
) -> Result<Option<Vec<Arc<Stored<Post>>>>, ModerationError> {
    if !acts_on_posts(ruling) {
        return if ruling.posts.is_empty() { Ok(None) } else { Err(ModerationError::Posts) };
    }
    let mut ids = ruling.posts.clone();
    if acts_on_all(ruling) {
        let reported = reports.iter().flat_map(|report| &report.evidence);
        ids.extend(reported.map(|evidence| evidence.post));
    }
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(None);
    }
    if ids.len() > MOST_POSTS {
        return Err(ModerationError::Posts);
    }
    let mut found = Vec::with_capacity(ids.len());
    for post in app.graph.get_many(&ids).await? {
        match post {
            Some(post) if post.author == about => found.push(post),
            // Its author may have deleted it before.
            None => {}
            Some(_) => return Err(ModerationError::Posts),
        }
    }
    Ok(Some(found))
}

/// The messages that are deleted: those that were chosen of the reported ones, or all of these. Staff reach no other.
async fn messages_of(
    app: &App,
    reports: &[Arc<Stored<Report>>],
    about: Id<Account>,
    ruling: &Ruling,
) -> Result<Vec<Arc<Stored<Message>>>, ModerationError> {
    let reported: BTreeSet<_> = reports
        .iter()
        .flat_map(|report| &report.messages)
        .filter(|evidence| evidence.author == about)
        .map(|evidence| evidence.message)
        .collect();
    let deletes = ruling.measures.contains(&Measure::Delete);
    let chosen: BTreeSet<_> = ruling.messages.iter().copied().collect();
    if !chosen.is_subset(&reported) || !chosen.is_empty() && !deletes {
        return Err(ModerationError::Messages);
    }
    let ids: Vec<_> = match (deletes, acts_on_all(ruling)) {
        (false, _) => return Ok(Vec::new()),
        (true, true) => reported.into_iter().collect(),
        (true, false) => chosen.into_iter().collect(),
    };
    if ids.len() > MOST_MESSAGES {
        return Err(ModerationError::Messages);
    }
    let found = app.graph.get_many(&ids).await?.into_iter().flatten();
    // Who wrote it may have deleted it before.
    Ok(found.filter(|message| message.deleted_ms.is_none()).collect())
}

fn text_of(text: &str) -> Result<String, ModerationError> {
    plain_block(text, MOST_TEXT).map_err(|_| ModerationError::Text)
}

fn told_to_account(house: &House, ruling: &Ruling) -> Result<String, ModerationError> {
    if let Some(own) = &ruling.to_account {
        return text_of(own);
    }
    let usual = ruling.measures.iter().filter_map(|measure| {
        Some(house.text(match measure {
            Measure::Dismiss => return None,
            Measure::Warn => Text::Warned,
            Measure::Fold => Text::Folded,
            Measure::Delete => Text::Deleted,
            Measure::Sensitive => Text::Sensitive,
            Measure::Limit => Text::Limited,
            Measure::Freeze => Text::Frozen,
            Measure::Suspend => Text::Suspended,
        }))
    });
    Ok(usual.collect::<Vec<_>>().join("\n"))
}

fn told_to_reporters(house: &House, ruling: &Ruling) -> Result<String, ModerationError> {
    match &ruling.to_reporters {
        Some(own) => text_of(own),
        None if ruling.measures == [Measure::Dismiss] => Ok(house.text(Text::Dismissed).to_owned()),
        None => Ok(house.text(Text::Acted).to_owned()),
    }
}

fn summary(id: Id<Decision>, decision: &Decision) -> String {
    let measures: Vec<_> = decision.measures.iter().map(|measure| measure.as_str()).collect();
    let posts: Vec<_> = decision.posts.iter().map(|post| post.to_string()).collect();
    let mut after = format!("decision={id} account={} {}", decision.about, measures.join(","));
    after.push_str(&format!(" posts={}", posts.join(",")));
    if !decision.messages.is_empty() {
        let messages: Vec<_> = decision.messages.iter().map(Id::to_string).collect();
        after.push_str(&format!(" messages={}", messages.join(",")));
    }
    after
}
