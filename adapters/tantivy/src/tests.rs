use std::fs;

use engine::{
    contract::search::specs,
    search::{Filter, Sort, Value, Words},
};
use tempfile::TempDir;

use super::{folder::Pointer, *};

async fn open(specs: Vec<IndexSpec>) -> (Arc<TantivySearch>, TempDir) {
    let folder = TempDir::new().unwrap();
    (Arc::new(TantivySearch::open(folder.path(), specs).unwrap()), folder)
}

engine::search_contract!(open);

fn put(id: u64, version: u64, title: &str) -> Change {
    Change::Put(Document { id, version, values: vec![("title", Value::Text(title.to_owned()))] })
}

async fn find(search: &TantivySearch, text: &str) -> Vec<u64> {
    let words = Words { fields: vec![("title", 100)], text: text.to_owned(), prefix: false };
    let question = Question {
        index: "things",
        words: Some(words),
        filter: Filter::All(vec![]),
        sort: Sort::Ascending("size"),
        start: Start::At(0),
        limit: 10,
    };
    search.ask(question).await.unwrap().ids
}

#[tokio::test]
async fn what_was_written_is_there_after_reopening_without_a_refresh() {
    let (search, folder) = open(specs()).await;
    search.write("things", vec![put(1, 5, "kept"), put(2, 5, "gone")]).await.unwrap();
    search.write("things", vec![Change::Delete { id: 2, version: 6 }]).await.unwrap();
    drop(search);
    let search = TantivySearch::open(folder.path(), specs()).unwrap();
    assert_eq!(find(&search, "kept").await, [1]);
    // Versions are, too.
    search.write("things", vec![put(1, 4, "late"), put(2, 5, "late")]).await.unwrap();
    assert_eq!(find(&search, "late").await, [0; 0]);
}

#[tokio::test]
async fn a_new_index_wants_a_rebuild_until_it_was_swapped() {
    let (search, folder) = open(specs()).await;
    assert_eq!(search.incomplete(), ["things", "others"]);
    search.rebuild("things").await.unwrap();
    search.refill("things", vec![]).await.unwrap();
    drop(search);
    let search = TantivySearch::open(folder.path(), specs()).unwrap();
    assert_eq!(search.incomplete(), ["things", "others"], "half a rebuild is none");
    for index in ["things", "others"] {
        search.rebuild(index).await.unwrap();
        search.write(index, vec![put(1, 1, "here")]).await.unwrap();
        search.swap(index).await.unwrap();
    }
    assert!(!search.needs_rebuild());
    drop(search);
    let search = TantivySearch::open(folder.path(), specs()).unwrap();
    assert!(!search.needs_rebuild());
    assert_eq!(find(&search, "here").await, [1]);
    // Only the generation that answers is left.
    assert_eq!(folder::generations(&folder.path().join("things")).unwrap().len(), 1);
}

#[tokio::test]
async fn a_damaged_index_opens_empty_and_says_so() {
    for damage in ["meta.json", "pointer", "folder", "form"] {
        let (search, folder) = open(specs()).await;
        for index in ["things", "others"] {
            search.rebuild(index).await.unwrap();
            search.swap(index).await.unwrap();
        }
        search.write("things", vec![put(1, 1, "here")]).await.unwrap();
        drop(search);
        let things = folder.path().join("things");
        let generation = folder::generation(&things, Pointer::read(&things).unwrap().generation);
        let mut specs = specs();
        match damage {
            "meta.json" => fs::write(generation.join("meta.json"), "{").unwrap(),
            "pointer" => fs::write(things.join("current"), "what?").unwrap(),
            "folder" => fs::remove_dir_all(generation).unwrap(),
            _ => specs[0].fields = &specs[1].fields[..4],
        }
        let search = TantivySearch::open(folder.path(), specs).unwrap();
        assert_eq!(search.incomplete(), ["things"], "{damage}");
        assert_eq!(find(&search, "here").await, [0; 0], "{damage}");
        search.rebuild("things").await.unwrap();
        search
            .refill("things", vec![Document { id: 2, version: 1, values: vec![] }])
            .await
            .unwrap();
        search.swap("things").await.unwrap();
        assert!(!search.needs_rebuild(), "{damage}");
    }
}

#[tokio::test]
async fn a_second_process_is_told_who_is_in_the_way() {
    let (_search, folder) = open(specs()).await;
    let second = TantivySearch::open(folder.path(), specs()).err().expect("it is refused");
    assert!(matches!(second, OpenError::InUse(_)));
    assert!(second.to_string().starts_with("another process is using the search folder"));
}

#[tokio::test]
async fn a_moment_is_kept_while_its_walk_goes_on_and_no_longer() {
    let (search, _folder) = open(specs()).await;
    search.write("things", (1..=30).map(|id| put(id, 1, "here")).collect()).await.unwrap();
    let ask = |start| {
        let sort = Sort::Descending("size");
        let filter = Filter::All(vec![]);
        search.ask(Question { index: "things", words: None, filter, sort, start, limit: 10 })
    };
    assert_eq!(ask(Start::At(0)).await.unwrap().next, None);
    assert_eq!(search.moments.count(), 0, "a page by its number needs none");
    let first = ask(Start::Walk).await.unwrap().next.unwrap();
    search.write("things", vec![put(99, 1, "new")]).await.unwrap();
    let second = ask(Start::After(first.clone())).await.unwrap();
    assert_eq!((second.total, search.moments.count()), (30, 1), "as it was");
    search.moments.forget_all();
    let again = ask(Start::After(first)).await.unwrap();
    assert_eq!((again.ids, again.total), (second.ids, 31), "expired: on from there, as it is");
    search.leave(again.next.unwrap()).await.unwrap();
    assert_eq!(search.moments.count(), 0);
    let mut next = ask(Start::Walk).await.unwrap().next;
    while let Some(cursor) = next {
        next = ask(Start::After(cursor)).await.unwrap().next;
    }
    assert_eq!(search.moments.count(), 0, "the last page ends it");
    for _ in 0..100 {
        ask(Start::Walk).await.unwrap().next.unwrap();
    }
    assert_eq!(search.moments.count(), 32, "forgotten ones give way");
}
