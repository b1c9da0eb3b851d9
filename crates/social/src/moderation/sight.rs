//! Which posts staff may see: open ones, and those of an open case, whomever they are for. Nothing else of what people tell
//! each other.

use std::{collections::HashMap, sync::Arc};

use graph::{Id, Page, Stored};

use super::model::{Case, CaseReports, OPEN_CASES, OpenCases};
use crate::{
    accounts::model::Account, app::App, fault::Fault, instance::model::INSTANCE, posts::model::Post,
};

/// Most reports of a case that are looked at.
const REPORTS: usize = 200;
/// Most open cases that one page looks at.
const CASES: usize = 50;

/// A post as staff see it.
#[derive(Clone, Debug)]
pub struct StaffSeen {
    /// The post.
    pub post: Arc<Stored<Post>>,
    /// The open case that it is part of.
    pub case: Option<Id<Case>>,
}

/// Those of some posts that staff may see, in order; shares are none of them.
pub async fn staff_see(app: &App, posts: Vec<Arc<Stored<Post>>>) -> Result<Vec<StaffSeen>, Fault> {
    let mut authors: Vec<Id<Account>> = posts.iter().map(|post| post.author).collect();
    authors.sort_unstable();
    authors.dedup();
    let names: Vec<String> = authors.iter().map(|author| author.to_string()).collect();
    let names: Vec<_> = names.iter().map(|name| (OPEN_CASES, name.as_str())).collect();
    let cases: Vec<_> = app.graph.keys::<Case>(&names).await?.into_iter().flatten().collect();
    let named = posts_of(app, &cases).await?;
    let part_of: HashMap<_, _> = cases
        .iter()
        .zip(named)
        .flat_map(|(case, posts)| posts.into_iter().map(|post| (post, *case)))
        .collect();
    let seen = posts.into_iter().filter(|post| post.share_of.is_none()).filter_map(|post| {
        let case = part_of.get(&post.id).copied();
        (post.audience.is_open() || case.is_some()).then_some(StaffSeen { post, case })
    });
    Ok(seen.collect())
}

/// One post, if staff may see it.
pub async fn staff_sees(app: &App, id: Id<Post>) -> Result<Option<StaffSeen>, Fault> {
    let Some(post) = app.graph.get(id).await? else { return Ok(None) };
    Ok(staff_see(app, vec![post]).await?.pop())
}

/// Posts that reports of each case name: as many reads for many cases as for one.
async fn posts_of(app: &App, cases: &[Id<Case>]) -> Result<Vec<Vec<Id<Post>>>, Fault> {
    let lists = app.graph.lists::<CaseReports>(cases, Page::newest(REPORTS)).await?;
    let ids: Vec<_> = lists.iter().flatten().map(|link| link.to).collect();
    let mut reports = app.graph.get_many(&ids).await?.into_iter();
    let named = |count: usize| {
        let reports: Vec<_> = reports.by_ref().take(count).flatten().collect();
        let evidence = reports.iter().flat_map(|report| &report.evidence);
        let mut posts: Vec<_> = evidence.map(|one| one.post).collect();
        posts.sort_unstable();
        posts.dedup();
        posts
    };
    Ok(lists.iter().map(Vec::len).map(named).collect())
}

/// Posts of open cases that are still there, case by case, the newest case first; and where the next page begins. A case is shown
/// whole, so a page may be longer than was asked for.
pub async fn reported_posts(app: &App, page: Page) -> Result<(Vec<StaffSeen>, Option<u64>), Fault> {
    let cases = app.graph.list::<OpenCases>(INSTANCE, Page { limit: CASES, ..page }).await?;
    let ids: Vec<_> = cases.iter().map(|link| link.to).collect();
    let named = posts_of(app, &ids).await?;
    let ids: Vec<_> = named.iter().flatten().copied().collect();
    let mut posts = app.graph.get_many(&ids).await?.into_iter();
    let mut found = Vec::new();
    for (link, named) in cases.iter().zip(&named) {
        let of_case = posts.by_ref().take(named.len()).flatten();
        found.extend(of_case.map(|post| StaffSeen { post, case: Some(link.to) }));
        if found.len() >= page.limit {
            return Ok((found, Some(link.ord)));
        }
    }
    Ok((found, cases.last().filter(|_| cases.len() == CASES).map(|last| last.ord)))
}
