//! The oracle of lists of staff: of every author open posts, and those that reports of an open case name. Nothing else, whatever was
//! asked for and however the author stands.

use super::*;
use crate::{
    moderation::{
        NewReport,
        model::{Case, Category},
        report, reported_posts, staff_see, staff_sees,
    },
    search::{PostList, PostSort, list_posts},
};

impl Town {
    /// Every list with every filter, and every post by its id.
    async fn check_staff(&mut self, reported: &Posts) {
        let app = self.world.app.clone();
        let author = Some(self.ada);
        let lists: [(&str, PostList); 6] = [
            ("staff: all", PostList::default()),
            ("staff: words", PostList { words: "lantern".to_owned(), ..PostList::default() }),
            ("staff: author", PostList { author, ..PostList::default() }),
            ("staff: media", PostList { media: Some(true), ..PostList::default() }),
            ("staff: oldest", PostList { sort: PostSort::Oldest, ..PostList::default() }),
            (
                "staff: unlisted",
                PostList { audience: Some(Audience::Unlisted), ..PostList::default() },
            ),
        ];
        let suspended = self.standing == Some(Measure::Suspend);
        for (surface, list) in lists {
            let passes = |subject: &&Subject| {
                subject.audience.is_open()
                    && !(suspended && subject.author == self.ada)
                    && list.author.is_none_or(|author| author == subject.author)
                    && list.media.is_none_or(|media| media == subject.media.is_some())
                    && list.audience.is_none_or(|audience| audience == subject.audience)
            };
            let wanted: Posts = self.subjects.iter().filter(passes).map(|one| one.id).collect();
            let mut got = Posts::new();
            let mut cursor = None;
            loop {
                let page = list_posts(&app, &list, cursor.as_deref(), 7).await.unwrap();
                let seen = staff_see(&app, page.found).await.unwrap();
                got.extend(seen.iter().map(|seen| seen.post.id));
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            self.compare(surface, "staff", got, wanted);
        }
        for audience in [Audience::Followers, Audience::Direct] {
            let list = PostList { audience: Some(audience), ..PostList::default() };
            let page = list_posts(&app, &list, None, 100).await.unwrap();
            let got = page.found.iter().map(|post| post.id).collect();
            self.compare("staff: closed", "staff", got, Posts::new());
        }
        let (seen, _) = reported_posts(&app, ALL).await.unwrap();
        let got = seen.iter().map(|seen| seen.post.id).collect();
        self.compare("staff: reported", "staff", got, reported.clone());
        for at in 0..self.subjects.len() {
            let (id, open) = (self.subjects[at].id, self.subjects[at].audience.is_open());
            let sees = staff_sees(&app, id).await.unwrap().is_some();
            self.agree("staff: one", "staff", at, sees, open || reported.contains(&id));
        }
    }

    /// Somebody who was mentioned reports posts that few may see.
    async fn report_closed(&self) -> (Posts, Id<Case>) {
        let closed = |at: &usize| !self.subjects[*at].audience.is_open();
        let posts: Vec<_> =
            self.named("top").into_iter().filter(closed).map(|at| self.subjects[at].id).collect();
        let new = NewReport {
            messages: None,
            about: self.ada,
            posts: posts.clone(),
            category: Category::Spam,
            rules: Vec::new(),
            comment: "look".to_owned(),
        };
        let made = report(&self.world.app, self.who("mentioned"), new).await.unwrap();
        (posts.into_iter().collect(), made.case)
    }
}

async fn lists_of_staff(world: World) {
    let mut town = Town::build(world).await;
    town.check_staff(&Posts::new()).await;
    let (reported, case) = town.report_closed().await;
    assert_eq!(reported.len(), 2);
    // At once, before any job.
    town.check_staff(&reported).await;
    let (app, by) = (town.world.app.clone(), Powers::operator());
    for measure in [Measure::Limit, Measure::Freeze, Measure::Suspend] {
        let ruling = Ruling { measures: vec![measure], ..Ruling::default() };
        decide(&app, &by, Target::Account(town.ada), ruling).await.unwrap();
        town.world.settle().await;
        town.standing = Some(measure);
        town.check_staff(&reported).await;
        lift(&app, &by, town.ada, measure, "").await.unwrap();
        town.world.settle().await;
        town.standing = None;
    }
    town.lose_access().await;
    town.world.settle().await;
    town.check_staff(&reported).await;
    let ruling = Ruling { measures: vec![Measure::Dismiss], ..Ruling::default() };
    decide(&app, &by, Target::Case(case), ruling).await.unwrap();
    town.check_staff(&Posts::new()).await;
    let (wrong, asked) = (&town.wrong, town.asked);
    assert!(asked > 200, "only {asked} questions were asked");
    assert!(wrong.is_empty(), "{} of {asked} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn z_12_lists_of_staff_show_open_posts_and_those_of_open_cases() {
    lists_of_staff(World::new().await).await;
}

#[tokio::test]
async fn z_12_lists_of_staff_show_the_same_without_caches() {
    lists_of_staff(World::uncached().await).await;
}
