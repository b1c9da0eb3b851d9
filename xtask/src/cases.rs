//! The table of security cases against the tests: each test that it names is there, and each test that begins with a
//! case stands in it. Tests are those of Rust, and the claims of the programs that take engines away.

use std::{collections::BTreeSet, path::Path};

/// The table.
const TABLE: &str = "docs/develop/security-cases.md";

/// Programs in Python whose functions are claims.
const PROGRAMS: &[&str] = &["testing/full/outages", "testing/full/test"];

/// What is wrong with the table, a line each.
pub fn wrong(root: &Path) -> Vec<String> {
    let table = match std::fs::read_to_string(root.join(TABLE)) {
        Ok(table) => table,
        Err(error) => return vec![format!("{TABLE}: {error}")],
    };
    let mut tests = BTreeSet::new();
    for folder in ["crates", "adapters"] {
        gather(&root.join(folder), &mut tests);
    }
    for program in PROGRAMS {
        tests.extend(claims_in(&std::fs::read_to_string(root.join(program)).unwrap_or_default()));
    }
    compare(&table, &tests)
}

fn compare(table: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let rows = table.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    // Every second part between backticks is a name.
    let named: BTreeSet<_> = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect();
    let mut wrong = Vec::new();
    if named.is_empty() {
        wrong.push(format!("{TABLE} names no test"));
    }
    for name in &named {
        if !tests.contains(*name) {
            wrong.push(format!("{TABLE}: there is no test {name}"));
        }
    }
    for test in tests.iter().filter(|test| is_of_a_case(test)) {
        if !named.contains(test.as_str()) {
            wrong.push(format!("{test} is a test of a case and does not stand in {TABLE}"));
        }
    }
    wrong
}

/// Adds the names of all tests under a folder.
fn gather(folder: &Path, tests: &mut BTreeSet<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten().map(|entry| entry.path()) {
        if entry.is_dir() {
            gather(&entry, tests);
        } else if entry.extension().is_some_and(|end| end == "rs") {
            tests.extend(tests_in(&std::fs::read_to_string(&entry).unwrap_or_default()));
        }
    }
}

/// The functions that come after an attribute that makes them tests.
fn tests_in(source: &str) -> Vec<String> {
    let (mut found, mut is_test) = (Vec::new(), false);
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some((_, rest)) = line.split_once("fn ")
            && is_test
        {
            found.extend(rest.split('(').next().map(str::to_owned));
            is_test = false;
        }
    }
    found
}

/// The functions of a program in Python.
fn claims_in(source: &str) -> Vec<String> {
    let heads = source.lines().filter_map(|line| line.strip_prefix("def "));
    heads.filter_map(|head| head.split('(').next()).map(str::to_owned).collect()
}

/// Whether a name begins with a letter and a number: `z_14_…`, `a7_…`.
fn is_of_a_case(test: &str) -> bool {
    let mut letters = test.chars();
    let subject = letters.next();
    let rest = letters.as_str().trim_start_matches('_');
    let number = rest.split('_').next().unwrap_or_default();
    subject.is_some_and(|subject| subject.is_ascii_lowercase())
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_security_cases_names_tests_that_are_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        assert_eq!(wrong(&root), Vec::<String>::new());
    }

    #[test]
    fn a_test_that_is_gone_or_left_out_is_told() {
        let source = "#[tokio::test(flavor = \"multi_thread\")]\nasync fn z_1_one() {\n\
                      #[test]\nfn a7_two() {}\nfn helper() {}\n#[test]\nfn a_word() {}";
        let tests: BTreeSet<_> = tests_in(source).into_iter().collect();
        assert_eq!(tests, ["a7_two", "a_word", "z_1_one"].map(str::to_owned).into());
        let table = "| A-7 | text | `a7_two`, `gone` |";
        let wrong = compare(table, &tests);
        assert!(wrong.len() == 2 && wrong[0].ends_with("gone") && wrong[1].starts_with("z_1_one"));
        assert_eq!(compare("", &BTreeSet::new()).len(), 1);
        assert_eq!(
            claims_in("import x\n\ndef f_1_goes(case):\n    def inner(): pass\n"),
            ["f_1_goes"]
        );
    }
}
