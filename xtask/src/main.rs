//! Chores with more than two lines of logic: `cargo xtask tidy` checks the rules of the workspace, `cargo xtask engines`
//! starts the engines that tests run against, `cargo xtask test` runs the tests of the workspace.

mod cases;
mod engines;
mod suite;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use serde_json::Value;

/// Which of our crates each crate may use. What is not listed may use none.
const MAY_USE: &[(&str, &[&str])] = &[
    ("sociosphere-engine", &[]),
    ("sociosphere-graph", &["engine"]),
    ("sociosphere-jobs", &["graph", "engine"]),
    ("sociosphere-social", &["graph", "jobs", "engine"]),
    ("sociosphere-http", &["social", "graph", "engine"]),
    (
        "sociosphere-server",
        &[
            "http",
            "social",
            "jobs",
            "graph",
            "engine",
            "sqlite",
            "local",
            "tantivy",
            "smtp",
            "web",
            "redis",
            "mongodb",
            "rabbitmq",
            "elasticsearch",
            "s3",
            "celery-wire",
        ],
    ),
    ("sociosphere-sqlite", &["engine"]),
    ("sociosphere-local", &["engine"]),
    ("sociosphere-tantivy", &["engine"]),
    ("sociosphere-smtp", &["engine"]),
    ("sociosphere-web", &["engine"]),
    ("sociosphere-redis", &["engine", "celery-wire"]),
    ("sociosphere-rabbitmq", &["engine", "celery-wire"]),
    ("sociosphere-celery-wire", &[]),
    ("sociosphere-mongodb", &["engine"]),
    ("sociosphere-elasticsearch", &["engine"]),
    ("sociosphere-s3", &["engine"]),
    (
        "sociosphere-bench",
        &["server", "social", "graph", "engine", "sqlite", "redis", "rabbitmq", "elasticsearch"],
    ),
    ("xtask", &[]),
];

/// Words of the product that the kernel and the adapters must not know.
const DOMAIN_WORDS: &[&str] = &["follower", "hashtag", "timeline of", "notification", "mastodon"];

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => {
            let root = root();
            let mut wrong = dependencies(&root);
            wrong.extend(domain_words(&root));
            wrong.extend(cases::wrong(&root));
            for line in &wrong {
                eprintln!("{line}");
            }
            if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Some("engines") => said(engines::start(&root(), &names()).map(|lines| {
            for line in lines {
                println!("{line}");
            }
        })),
        Some("engines-stop") => said(engines::stop(&root(), &names())),
        Some("test") => said(suite::run(&root(), &mut std::io::stdout())),
        _ => {
            eprintln!(
                "cargo xtask tidy                  checks who depends on whom, that the kernel knows no word of the product, and the table of security cases\n\
                 cargo xtask engines [NAME …]      starts the engines of testing/engines, prints their URLs\n\
                 cargo xtask engines-stop [NAME …] ends those\n\
                 cargo xtask test                  runs all tests; a few that fail are run once more and named"
            );
            ExitCode::FAILURE
        }
    }
}

fn names() -> Vec<String> {
    std::env::args().skip(2).collect()
}

fn said(answer: Result<(), String>) -> ExitCode {
    match answer {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What `cargo metadata` says against [`MAY_USE`].
fn dependencies(root: &Path) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root)
        .output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    let Ok(metadata) = serde_json::from_slice::<Value>(&text) else {
        return vec!["cargo metadata does not answer".to_owned()];
    };
    let allowed: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(may) = allowed.get(name) else {
            wrong.push(format!("{name} is not in the list of who may use whom"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            let is_test = dependency["kind"] == "dev";
            let Some(ours) = used.strip_prefix("sociosphere-") else { continue };
            if !is_test && !may.contains(&ours) {
                wrong.push(format!("{name} must not use {used}"));
            }
        }
    }
    wrong
}

/// Lines of the kernel and the adapters that name a thing of the product.
fn domain_words(root: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    for folder in ["crates/engine/src", "crates/graph/src", "adapters"] {
        let mut waiting = vec![root.join(folder)];
        while let Some(path) = waiting.pop() {
            let Ok(entries) = std::fs::read_dir(&path) else { continue };
            for entry in entries.flatten().map(|entry| entry.path()) {
                if entry.is_dir() {
                    waiting.push(entry);
                } else if entry.extension().is_some_and(|end| end == "rs") {
                    let text = std::fs::read_to_string(&entry).unwrap_or_default();
                    for (number, line) in text.lines().enumerate() {
                        // Examples in docs may speak of what people know.
                        let line = line.split("//").next().unwrap_or_default().to_lowercase();
                        if let Some(word) = DOMAIN_WORDS.iter().find(|word| line.contains(**word)) {
                            wrong.push(format!("{}:{}: {word}", entry.display(), number + 1));
                        }
                    }
                }
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_use_only_those_below_them() {
        assert_eq!(dependencies(&root()), Vec::<String>::new());
    }

    #[test]
    fn the_kernel_and_the_adapters_know_no_word_of_the_product() {
        assert_eq!(domain_words(&root()), Vec::<String>::new());
    }
}
