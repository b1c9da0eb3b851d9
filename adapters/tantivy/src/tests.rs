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
        offset: 0,
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
